import { z } from 'zod'
import { OxbowError } from '../../foundation/index.ts'

/** One tensor of a safetensors file; `bytes` is a view into the file's buffer. */
export interface Tensor {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

/** The format's own bound on its header. */
const LONGEST_HEADER = 100_000_000
const LENGTH_BYTES = 8
const sizes: Readonly<Record<string, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 }

const Header = z.record(
  z.string(),
  z.object({
    dtype: z.string(),
    shape: z.array(z.int().nonnegative()),
    data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
  }),
)

/** The tensors of a safetensors file by name. `file` names it in errors. */
export function readSafetensors(content: Uint8Array, file: string): Map<string, Tensor> {
  if (content.byteLength < LENGTH_BYTES) throw malformed(file, `it is ${content.byteLength} bytes long`)
  const headerLength = Number(viewOf(content).getBigUint64(0, true))
  if (headerLength > LONGEST_HEADER) throw malformed(file, `its header claims to be ${headerLength} bytes long`)
  const start = LENGTH_BYTES + headerLength
  if (start > content.byteLength) {
    throw malformed(file, `it ends after ${content.byteLength} bytes, within its header of ${headerLength}`)
  }
  const tensors = new Map<string, Tensor>()
  for (const [name, entry] of Object.entries(readHeader(content.subarray(LENGTH_BYTES, start), file))) {
    const [from, to] = entry.data_offsets
    const size = sizes[entry.dtype]
    if (size === undefined) throw malformed(file, `its tensor "${name}" is of the unknown type ${entry.dtype}`)
    const expected = entry.shape.reduce((product, length) => product * length, size)
    if (to - from !== expected) {
      throw malformed(file, `its tensor "${name}" should take ${expected} bytes and takes ${to - from}`)
    }
    if (start + to > content.byteLength) {
      throw malformed(file, `it ends after ${content.byteLength} bytes, within its tensor "${name}"`)
    }
    tensors.set(name, { dtype: entry.dtype, shape: entry.shape, bytes: content.subarray(start + from, start + to) })
  }
  return tensors
}

/** A tensor's numbers as 32-bit floats; of the types F32, F16, F64 and I8. */
export function toFloats(tensor: Tensor, name: string, file: string): Float32Array {
  const { bytes, dtype } = tensor
  if (dtype === 'F32') return aligned(bytes, 4, (...place) => new Float32Array(...place))
  if (dtype === 'F64') return Float32Array.from(aligned(bytes, 8, (...place) => new Float64Array(...place)))
  if (dtype === 'F16') return halvesToFloats(aligned(bytes, 2, (...place) => new Uint16Array(...place)))
  if (dtype === 'I8') return Float32Array.from(toBytes(tensor))
  throw wrongType(tensor, name, file, 'F32, F16, F64 or I8')
}

/** A tensor's numbers as integers; of the types I32 and I64. */
export function toIntegers(tensor: Tensor, name: string, file: string): Int32Array {
  const { bytes, dtype } = tensor
  if (dtype === 'I32') return aligned(bytes, 4, (...place) => new Int32Array(...place))
  if (dtype === 'I64')
    return Int32Array.from(
      aligned(bytes, 8, (...place) => new BigInt64Array(...place)),
      Number,
    )
  throw wrongType(tensor, name, file, 'I32 or I64')
}

/** The numbers of a tensor of type I8, as they are in the file. */
export function toBytes({ bytes }: Tensor): Int8Array {
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The error of a model's file that cannot be used. */
export function malformed(file: string, what: string): OxbowError {
  const hint = 'Copy or download the model again; it must be a Model2Vec model (model.safetensors and tokenizer.json).'
  return new OxbowError('BAD_REQUEST', 'memory.embeddingModelMalformed', `${file} cannot be used: ${what}`, hint)
}

function wrongType(tensor: Tensor, name: string, file: string, wanted: string): OxbowError {
  return malformed(file, `its tensor "${name}" is of type ${tensor.dtype}; it must be ${wanted}`)
}

function readHeader(bytes: Uint8Array, file: string): z.infer<typeof Header> {
  let raw: unknown
  try {
    raw = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw malformed(file, 'its header is not JSON')
  }
  if (typeof raw === 'object' && raw !== null && '__metadata__' in raw) delete raw.__metadata__
  const header = Header.safeParse(raw)
  if (!header.success) throw malformed(file, `its header is wrong: ${z.prettifyError(header.error)}`)
  return header.data
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Numbers where they are; of a copy where they do not start on a multiple of their size, as arrays must. */
function aligned<Numbers>(
  bytes: Uint8Array,
  size: number,
  view: (buffer: ArrayBufferLike, offset: number, length: number) => Numbers,
): Numbers {
  const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : Uint8Array.from(bytes)
  return view(buffer, byteOffset, bytes.byteLength / size)
}

function halvesToFloats(halves: Uint16Array): Float32Array {
  const floats = new Float32Array(halves.length)
  for (let at = 0; at < halves.length; at++) {
    const half = halves[at] ?? 0
    const exponent = (half >> 10) & 31
    const fraction = half & 1023
    const magnitude =
      exponent === 0 ? fraction * 2 ** -24 : exponent === 31 ? Number.NaN : (1 + fraction / 1024) * 2 ** (exponent - 15)
    floats[at] = half & 0x8000 ? -magnitude : magnitude
  }
  return floats
}
