import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { OxbowError } from '../../foundation/index.ts'
import { pipeThrough } from './programs.ts'

/** What a guest needs of its kernel, as a module or built in. */
const NEEDED = ['virtio_mmio', 'virtio_console', '9pnet_virtio', '9p']
/** The same for a root file system of its own. */
const NEEDED_FOR_ROOT = ['virtio_blk', 'ext4', 'overlay']
/** Taken along where they are. */
const WELCOME = ['virtio_rng']
const WELCOME_FOR_ROOT = ['crc32c_generic']

/** A module as it goes into the initramfs, after all that it needs. */
export interface Module {
  name: string
  data: Buffer
}

/**
 * The modules of a kernel that a guest needs, in the order to load them.
 * @param folder `…/lib/modules/<release>`
 * @throws OxbowError `sandbox.build` when the kernel lacks one
 */
export async function collectModules(folder: string, withRoot: boolean): Promise<Module[]> {
  const files = await indexModules(folder)
  const builtIn = new Set((await readFile(join(folder, 'modules.builtin'), 'utf8').catch(() => '')).split('\n').map(nameOf))
  const found = new Map<string, Module>()

  const add = async (name: string, by: string | undefined): Promise<void> => {
    if (found.has(name) || builtIn.has(name)) return
    const path = files.get(name)
    if (path === undefined) throw lacking(name, folder, by)
    const data = await readModule(path)
    for (const needed of dependsOf(data)) await add(needed, name)
    found.set(name, { name: `${name}.ko`, data })
  }

  for (const name of [...NEEDED, ...(withRoot ? NEEDED_FOR_ROOT : [])]) await add(name, undefined)
  for (const name of [...WELCOME, ...(withRoot ? WELCOME_FOR_ROOT : [])]) if (files.has(name)) await add(name, undefined)
  return [...found.values()]
}

/** Whether a kernel can share folders with its host: Debian's cloud kernels cannot. */
export async function hasShares(folder: string): Promise<boolean> {
  const files = await indexModules(folder).catch(() => new Map<string, string>())
  const builtIn = (await readFile(join(folder, 'modules.builtin'), 'utf8').catch(() => '')).split('\n').map(nameOf)
  return ['9p', '9pnet_virtio'].every((name) => files.has(name) || builtIn.includes(name))
}

async function indexModules(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(join(folder, 'kernel'), { recursive: true, withFileTypes: true })
  const modules = entries.filter((entry) => entry.isFile() && /\.ko(\.(xz|zst|gz))?$/.test(entry.name))
  return new Map(modules.map((entry) => [nameOf(entry.name), join(entry.parentPath, entry.name)]))
}

const nameOf = (file: string): string =>
  basename(file)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_')

async function readModule(path: string): Promise<Buffer> {
  const data = await readFile(path)
  if (path.endsWith('.gz')) return gunzipSync(data)
  if (path.endsWith('.zst')) return zstdDecompressSync(data)
  return path.endsWith('.xz') ? pipeThrough('xz', ['-dc'], data) : data
}

/** The names in a module's own list of what it needs. */
function dependsOf(data: Buffer): string[] {
  const mark = Buffer.from('\0depends=')
  const at = data.indexOf(mark)
  if (at === -1) return []
  const from = at + mark.length
  const list = data.toString('latin1', from, data.indexOf(0, from))
  return list.split(',').filter(Boolean).map(nameOf)
}

function lacking(name: string, folder: string, by: string | undefined): OxbowError {
  const why = by === undefined ? '' : `, which ${by} needs`
  return new OxbowError(
    'BAD_REQUEST',
    'sandbox.build',
    `The kernel in ${folder} has no module ${name}${why}.`,
    'Take a kernel for general use, such as linux-image-amd64; those for clouds leave out shared folders (9p).',
  )
}
