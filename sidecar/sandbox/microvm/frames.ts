/**
 * What the sidecar and the agent in a microvm say to each other (build/microvm/agent.c is the other end): u32 length, u8 kind,
 * u32 id of the process or connection, payload. Numbers are big-endian; the length counts all that follows it.
 */
export const KIND = {
  setup: 1,
  start: 2,
  write: 3,
  resize: 4,
  kill: 5,
  credit: 6,
  closeInput: 7,
  protect: 8,
  listen: 9,
  hello: 64,
  ready: 65,
  output: 66,
  outputEnd: 67,
  exit: 68,
  taken: 69,
  failed: 70,
  started: 71,
  opened: 72,
} as const

/** The agent this code speaks with; another one belongs to another image. */
export const AGENT_VERSION = 2
/** The largest frame either side takes. */
export const MOST_FRAME = 256 * 1024
const HEAD = 9

export interface Frame {
  kind: number
  id: number
  data: Buffer
}

export function encodeFrame(kind: number, id: number, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const frame = Buffer.allocUnsafe(HEAD + data.length)
  frame.writeUInt32BE(data.length + HEAD - 4, 0)
  frame.writeUInt8(kind, 4)
  frame.writeUInt32BE(id, 5)
  frame.set(data, HEAD)
  return frame
}

/** Puts frames together from pieces of any size. The guest is not trusted: what is no frame throws. */
export class FrameReader {
  #pieces: Buffer[] = []
  #size = 0

  take(piece: Buffer): Frame[] {
    const frames: Frame[] = []
    this.#pieces.push(piece)
    this.#size += piece.length
    while (this.#size >= 4) {
      const head = this.#peek(4).readUInt32BE(0)
      if (head < HEAD - 4 || head > MOST_FRAME) throw new Error(`the guest sent a frame of ${head} bytes`)
      if (this.#size < head + 4) break
      const frame = this.#peek(head + 4).subarray(0, head + 4)
      this.#drop(head + 4)
      frames.push({ kind: frame.readUInt8(4), id: frame.readUInt32BE(5), data: frame.subarray(HEAD) })
    }
    return frames
  }

  /** The pieces as one, if the first one is shorter than `bytes`. */
  #peek(bytes: number): Buffer {
    const [first] = this.#pieces
    if (first !== undefined && first.length >= bytes) return first
    const whole = Buffer.concat(this.#pieces)
    this.#pieces = [whole]
    return whole
  }

  #drop(bytes: number): void {
    const rest = this.#peek(bytes).subarray(bytes)
    this.#pieces = rest.length > 0 ? [rest, ...this.#pieces.slice(1)] : this.#pieces.slice(1)
    this.#size -= bytes
  }
}

/** Strings, each closed by a NUL. @throws when one holds a NUL itself */
export function strings(list: readonly string[]): Buffer {
  if (list.some((text) => text.includes('\0'))) throw new Error('a NUL character cannot be passed on')
  return Buffer.from(list.map((text) => `${text}\0`).join(''))
}

export interface Setup {
  now: number
  uid: number
  gid: number
  mostProcesses: number
  /** What all processes together may use, in bytes. */
  mostMemory: number
  seed: Uint8Array
  /** `tag`, then the path where it is mounted; `bind` shows the mount before it at one more path. */
  mounts: readonly string[]
}

export function encodeSetup({ now, uid, gid, mostProcesses, mostMemory, seed, mounts }: Setup): Buffer {
  const head = Buffer.alloc(28)
  head.writeBigUInt64BE(BigInt(Math.trunc(now)), 0)
  head.writeUInt32BE(uid, 8)
  head.writeUInt32BE(gid, 12)
  head.writeUInt32BE(mostProcesses, 16)
  head.writeBigUInt64BE(BigInt(mostMemory), 20)
  return encodeFrame(KIND.setup, 0, Buffer.concat([head, seed, strings(mounts)]))
}

export interface Start {
  command: string
  cwd: string
  env: Readonly<Record<string, string>>
  terminal?: { columns: number; rows: number } | undefined
  /** Bytes of output it may send before any are taken. */
  credit: number
}

export function encodeStart(id: number, { command, cwd, env, terminal, credit }: Start): Buffer {
  const head = Buffer.alloc(9)
  head.writeUInt8(terminal === undefined ? 0 : 1, 0)
  head.set(terminalSize(terminal?.columns ?? 0, terminal?.rows ?? 0), 1)
  head.writeUInt32BE(credit, 5)
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  return encodeFrame(KIND.start, id, Buffer.concat([head, strings([cwd, command, ...variables])]))
}

export const encodeResize = (id: number, columns: number, rows: number): Buffer =>
  encodeFrame(KIND.resize, id, terminalSize(columns, rows))

/** Opens a port of the guest's own loopback, whose connections it hands over. */
export function encodeListen(port: number): Buffer {
  const data = Buffer.alloc(2)
  data.writeUInt16BE(port)
  return encodeFrame(KIND.listen, 0, data)
}

export function encodeCredit(id: number, bytes: number): Buffer {
  const data = Buffer.alloc(4)
  data.writeUInt32BE(bytes)
  return encodeFrame(KIND.credit, id, data)
}

function terminalSize(columns: number, rows: number): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt16BE(Math.min(columns, 0xffff), 0)
  size.writeUInt16BE(Math.min(rows, 0xffff), 2)
  return size
}
