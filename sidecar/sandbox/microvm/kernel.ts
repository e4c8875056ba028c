import { access, constants, mkdir, readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { OxbowError } from '../../foundation/index.ts'
import { hasShares } from './modules.ts'
import { downloadPackages, hasApt, neededPackages, packageExists } from './packages.ts'
import { pipeThrough, unpackDeb } from './programs.ts'

/** A kernel and the folder of its modules. */
export interface KernelSource {
  kernel: string
  modules: string
}

export interface FindOptions {
  /** For what is downloaded. */
  folder: string
  onProgress(line: string): void
  signal: AbortSignal
}

const PACKAGES: Partial<Record<NodeJS.Architecture, readonly string[]>> = {
  x64: ['linux-image-amd64', 'linux-image-generic'],
  arm64: ['linux-image-arm64', 'linux-image-generic'],
}

/** What of a kernel's package may be needed; all of it would be ten times as much. */
const PARTS = [
  ...['virtio', 'char', 'block'].map((name) => `*/kernel/drivers/${name}/*`),
  ...['9p', 'netfs', 'fscache', 'overlayfs', 'ext4', 'jbd2'].map((name) => `*/kernel/fs/${name}/*`),
  ...['*/kernel/fs/mbcache*', '*/kernel/net/9p/*', '*/kernel/lib/*', '*/kernel/crypto/*', '*/modules.builtin', './boot/vmlinuz*'],
]

/** A kernel that can share folders: one that is installed here, else the system's package of one. @throws OxbowError */
export async function findKernel(options: FindOptions): Promise<KernelSource> {
  const installed = await installedKernel()
  if (installed !== undefined) return installed
  if (!hasApt()) throw noKernel()
  return packagedKernel(options)
}

async function installedKernel(): Promise<KernelSource | undefined> {
  const releases = await readdir('/lib/modules').catch(() => [])
  for (const release of releases.toSorted().toReversed()) {
    const source = { kernel: join('/boot', `vmlinuz-${release}`), modules: join('/lib/modules', release) }
    const readable = await access(source.kernel, constants.R_OK).then(
      () => true,
      () => false,
    )
    if (readable && (await hasShares(source.modules))) return source
  }
  return undefined
}

async function packagedKernel({ folder, onProgress, signal }: FindOptions): Promise<KernelSource> {
  const named = (PACKAGES[process.arch] ?? []).find(packageExists)
  if (named === undefined) throw noKernel()
  const needed = await neededPackages([named], folder, signal)
  const packages = needed.filter((name) => /^linux-(image|modules)-.*\d/.test(name))
  const unpacked = join(folder, 'kernel')
  await mkdir(unpacked, { recursive: true })
  onProgress(`Downloading ${packages.join(', ')}`)
  for (const file of await downloadPackages(packages, join(folder, 'kernel-packages'), signal)) {
    onProgress(`Unpacking ${basename(file)}`)
    await unpackDeb(file, unpacked, PARTS, signal)
  }
  return kernelIn(unpacked)
}

async function kernelIn(folder: string): Promise<KernelSource> {
  const boot = await readdir(join(folder, 'boot')).catch(() => [])
  const kernel = boot.find((name) => name.startsWith('vmlinuz-'))
  const release = kernel?.slice('vmlinuz-'.length) ?? ''
  for (const root of ['lib', 'usr/lib']) {
    const modules = join(folder, root, 'modules', release)
    if (kernel !== undefined && (await hasShares(modules))) return { kernel: join(folder, 'boot', kernel), modules }
  }
  throw noKernel()
}

export const releaseOf = ({ modules }: KernelSource): string => basename(modules)

const COMPRESSIONS: readonly [magic: number[], unpack: (data: Buffer) => Buffer | Promise<Buffer>][] = [
  [[0x1f, 0x8b], (data) => gunzipSync(data)],
  [[0x28, 0xb5, 0x2f, 0xfd], (data) => zstdDecompressSync(data)],
  [[0xfd, 0x37, 0x7a, 0x58], (data) => pipeThrough('xz', ['-dc', '--single-stream'], data)],
  [[0x02, 0x21, 0x4c, 0x18], (data) => pipeThrough('lz4', ['-dc'], data)],
]

/** A note in a kernel that says where a hypervisor may enter it directly, with an address of 4 or 8 bytes. */
const ENTRY_NOTES = [4, 8].map((size) => Buffer.from([4, 0, 0, 0, size, 0, 0, 0, 18, 0, 0, 0, 0x58, 0x65, 0x6e, 0]))

/**
 * The kernel that QEMU is given: unpacked, since to unpack itself takes an emulated processor longer than all the rest of
 * its start. Where that cannot be done it stays as it is.
 */
export async function unpackKernel(file: string): Promise<Buffer> {
  const packed = await readFile(file)
  if (process.arch !== 'x64' || packed.toString('latin1', 0x202, 0x206) !== 'HdrS') return packed
  const start = ((packed[0x1f1] || 4) + 1) * 512 + packed.readUInt32LE(0x248)
  // The payload ends with its unpacked size, which is no part of the stream.
  const payload = packed.subarray(start, start + packed.readUInt32LE(0x24c) - 4)
  const unpack = COMPRESSIONS.find(([magic]) => magic.every((byte, at) => payload[at] === byte))?.[1]
  if (unpack === undefined) return packed
  try {
    const kernel = await unpack(payload)
    return kernel.toString('latin1', 1, 4) === 'ELF' && ENTRY_NOTES.some((note) => kernel.includes(note)) ? kernel : packed
  } catch {
    return packed
  }
}

function noKernel(): OxbowError {
  return new OxbowError(
    'SERVICE_UNAVAILABLE',
    'sandbox.build',
    'No kernel was found that can share folders with its host (9p over virtio).',
    'Name one with its modules: sandbox.microvm.kernel = "/boot/vmlinuz-…", sandbox.microvm.modules = "/lib/modules/…"',
  )
}
