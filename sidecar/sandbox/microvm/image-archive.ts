import { chmod, lstat, mkdir, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { OxbowError } from '../../foundation/index.ts'
import { isInside } from '../rules.ts'
import { runTool } from './programs.ts'

/** In a layer: what the name behind it hides of the layers below, and that a folder hides all that they have in it. */
const HIDES = '.wh.'
const HIDES_ALL = '.wh..wh..opq'
/** Lists of lists that an OCI archive may hold. */
const MOST_DEEP = 4

/** Whether an archive is an image (as `docker save` and OCI tools write it) and no file system. */
export async function isImageArchive(file: string, signal: AbortSignal): Promise<boolean> {
  const listed = await runTool('tar', ['-t', '-f', file], { signal })
  const names = new Set(listed.split('\n').map((name) => name.replace(/^\.\//, '').split('/')[0]!))
  return (names.has('oci-layout') || names.has('manifest.json')) && !names.has('usr') && !names.has('bin')
}

/**
 * Unpacks an image, layer upon layer, into a folder that is not there yet. Each layer is unpacked by itself and then moved
 * over what is there name by name, so that no link of a layer below leads another one out.
 * @param staging an empty folder beside it
 * @throws OxbowError `sandbox.build`
 */
export async function unpackImage(file: string, root: string, staging: string, signal: AbortSignal): Promise<void> {
  const parts = join(staging, 'parts')
  await mkdir(parts, { recursive: true })
  await runTool('tar', ['-x', '-f', file, '-C', parts, '--no-same-owner'], { signal })
  await mkdir(root)
  for (const name of await layersOf(parts)) {
    const layer = join(staging, 'layer')
    await mkdir(layer)
    await runTool('tar', ['-x', '-f', await blobAt(parts, name), '-C', layer, '--no-same-owner', '--exclude=dev/*'], { signal })
    await putOver(layer, root)
    await rm(layer, { recursive: true, force: true })
  }
}

/** The files of an image's layers, the lowest first. */
async function layersOf(parts: string): Promise<string[]> {
  const saved = (await readJson(parts, 'manifest.json').catch(() => undefined)) as { Layers?: unknown }[] | undefined
  const layers = saved?.[0]?.Layers ?? (await ociLayers(parts, 'index.json'))
  if (Array.isArray(layers) && layers.length > 0 && layers.every((layer) => typeof layer === 'string')) return layers
  throw wrong('it names no layers')
}

interface OciIndex {
  manifests?: { digest: string; platform?: { architecture?: string; os?: string } }[]
  layers?: { digest: string }[]
}

async function ociLayers(parts: string, name: string, deep = 0): Promise<string[]> {
  const { layers, manifests = [] } = (await readJson(parts, name)) as OciIndex
  if (layers) return layers.map(({ digest }) => blobOf(digest))
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const ours = manifests.find(({ platform }) => platform?.architecture === architecture && platform.os === 'linux')
  const chosen = ours ?? manifests.find(({ platform }) => platform === undefined)
  if (!chosen || deep === MOST_DEEP) throw wrong(`it holds nothing for Linux on ${architecture}`)
  return ociLayers(parts, blobOf(chosen.digest), deep + 1)
}

const blobOf = (digest: string): string => `blobs/${digest.replace(':', '/')}`

const readJson = async (parts: string, name: string): Promise<unknown> =>
  JSON.parse(await readFile(await blobAt(parts, name), 'utf8'))

/** A file of the archive, and never one that a link or a name in it leads to outside. */
async function blobAt(parts: string, name: string): Promise<string> {
  const real = await realpath(join(parts, name)).catch(() => undefined)
  if (real === undefined || !isInside(real, await realpath(parts)) || !(await stat(real)).isFile())
    throw wrong(`it lacks ${name.slice(0, 200)}`)
  return real
}

/** Moves a layer over what is there. Both are folders and no links, and so is every folder on the way down. */
async function putOver(layer: string, below: string): Promise<void> {
  const names = await readdir(layer)
  if (names.includes(HIDES_ALL))
    for (const name of await readdir(below)) await rm(join(below, name), { recursive: true, force: true })
  const hidden = names.filter((name) => name.startsWith(HIDES) && name !== HIDES_ALL).map((name) => name.slice(HIDES.length))
  for (const name of hidden) if (isName(name)) await rm(join(below, name), { recursive: true, force: true })
  for (const name of names.filter((one) => !one.startsWith(HIDES))) {
    const [from, to] = [join(layer, name), join(below, name)]
    const [upper, lower] = await Promise.all([lstat(from), lstat(to).catch(() => undefined)])
    if (!upper.isDirectory()) {
      if (lower) await rm(to, { recursive: true, force: true })
      await rename(from, to)
      continue
    }
    if (!lower?.isDirectory()) {
      if (lower) await rm(to, { force: true })
      await mkdir(to)
    }
    await putOver(from, to)
    await chmod(to, upper.mode & 0o7777)
  }
}

const isName = (name: string): boolean => name !== '' && name !== '.' && name !== '..'

const wrong = (why: string): OxbowError =>
  new OxbowError(
    'BAD_REQUEST',
    'sandbox.build',
    `The image archive cannot be used: ${why}.`,
    'Make it with `docker save`, or export a container with `docker export`.',
  )
