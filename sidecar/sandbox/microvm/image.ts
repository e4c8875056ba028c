import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AGENT_VERSION } from './frames.ts'

/** The file that describes an image; it is written last. */
export const MANIFEST = 'image.json'

export const FileInfo = z.object({ name: z.string(), bytes: z.number().int(), sha256: z.string() })
export type FileInfo = z.infer<typeof FileInfo>

export const ImageManifest = z.object({
  version: z.literal(1),
  /** What its agent speaks. */
  protocol: z.number().int(),
  /** Over what this Oxbow brings along: the agent and the script that starts it. */
  parts: z.string(),
  arch: z.string(),
  builtAt: z.string(),
  kernelRelease: z.string(),
  /** What the settings asked for; images of before do not say. */
  madeOf: z.string().optional(),
  kernel: FileInfo,
  initramfs: FileInfo,
  agent: FileInfo,
  /** A file system of programs, where one was made; without it there is busybox. */
  root: FileInfo.optional(),
  /** Over the digests of all files. */
  digest: z.string(),
})
export type ImageManifest = z.infer<typeof ImageManifest>

/** A built image: what a machine starts from. */
export interface Image {
  folder: string
  kernel: string
  initramfs: string
  agent: string
  root?: string | undefined
  digest: string
  kernelRelease: string
}

export type ImageFinding = { image: Image } | { reason: string }

/** The image in a folder, every byte of it as it was built and made of what is wished; else why there is none. */
export async function loadImage(home: string, parts: string, wish: string): Promise<ImageFinding> {
  const manifest = await readManifest(home)
  if (manifest === undefined) return { reason: 'no kernel and root file system were built yet' }
  if (manifest.arch !== process.arch) return { reason: `the image was built for ${manifest.arch}` }
  if (manifest.protocol !== AGENT_VERSION || manifest.parts !== parts)
    return { reason: 'the image was built by another version of Oxbow' }
  if (manifest.madeOf !== undefined && manifest.madeOf !== wish)
    return { reason: 'the image was built of something else than the settings name now (sandbox.microvm.root or packages)' }
  const folder = join(home, folderOf(manifest))
  const damaged = await findDamage(folder, manifest)
  if (damaged !== undefined) return { reason: `${join(folder, damaged)} is missing or was changed since it was built` }
  const { kernel, initramfs, agent, root, digest, kernelRelease } = manifest
  return {
    image: { folder, kernel: kernel.name, initramfs: initramfs.name, agent: agent.name, root: root?.name, digest, kernelRelease },
  }
}

/** The folder of an image's files, beside the manifest. */
export const folderOf = ({ digest }: Pick<ImageManifest, 'digest'>): string => digest.slice(0, 16)

/** Whether all files of an image are in a folder as they were built. */
export const isComplete = async (folder: string, manifest: ImageManifest): Promise<boolean> =>
  (await findDamage(folder, manifest)) === undefined

async function findDamage(
  folder: string,
  { kernel, initramfs, agent, root, digest }: ImageManifest,
): Promise<string | undefined> {
  const files = [kernel, initramfs, agent, ...(root === undefined ? [] : [root])]
  const whole = await Promise.all(files.map((file) => isWhole(folder, file)))
  const damaged = files.find((_, at) => !whole[at])?.name
  return damaged ?? (digestOf(files) === digest ? undefined : MANIFEST)
}

/** What was built last, unchecked; undefined where nothing was, or what is there cannot be read. */
export async function readManifest(home: string): Promise<ImageManifest | undefined> {
  const text = await readFile(join(home, MANIFEST), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : ImageManifest.safeParse(parseJson(text)).data
}

async function isWhole(folder: string, { name, bytes, sha256 }: FileInfo): Promise<boolean> {
  const path = join(folder, name)
  const found = await stat(path).catch(() => undefined)
  return found?.size === bytes && (await sha256Of(path)) === sha256
}

export async function describeFile(folder: string, name: string): Promise<FileInfo> {
  const path = join(folder, name)
  return { name, bytes: (await stat(path)).size, sha256: await sha256Of(path) }
}

/** Read so much at once: a processor that has no instructions for it takes a millisecond for it, in which nothing else goes on. */
const PIECE_BYTES = 1 << 18

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) hash.update(piece as Buffer)
  return hash.digest('hex')
}

/** Over the parts of a guest that this Oxbow brings along. */
export async function partsDigest(folder: string): Promise<string> {
  const names = [agentName(), 'init.sh']
  const hash = createHash('sha256')
  for (const name of names) hash.update(await readFile(join(folder, name)).catch(() => ''))
  return hash.digest('hex')
}

export const agentName = (arch: NodeJS.Architecture = process.arch): string => `agent-${arch === 'arm64' ? 'aarch64' : 'x86_64'}`

export const digestOf = (files: readonly FileInfo[]): string =>
  createHash('sha256')
    .update(files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(''))
    .digest('hex')

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
