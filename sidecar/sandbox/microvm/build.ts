import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OxbowError } from '../../foundation/index.ts'
import { GUEST_PARTS } from '../guest-parts.ts'
import { type CpioEntry, packCpio } from './cpio.ts'
import { AGENT_VERSION } from './frames.ts'
import { agentName, describeFile, digestOf, folderOf, type ImageManifest, isComplete, MANIFEST, partsDigest } from './image.ts'
import { findKernel, type KernelSource, releaseOf, unpackKernel } from './kernel.ts'
import { collectModules, type Module } from './modules.ts'
import { downloadPackages, hasApt } from './packages.ts'
import { findTool, unpackDeb } from './programs.ts'
import { checkShell, DEFAULT_PACKAGES, packRoot, USERS, unpackArchive, unpackRoot } from './root.ts'

/** What a guest's programs are: packages, busybox alone, a folder or tar archive that holds them, or a container image by name. */
export type RootWish = { packages: readonly string[] } | { path: string } | { image: string } | 'none'

/** Writes a container image into an archive. @throws OxbowError where no engine has it */
export type SaveImage = (
  image: string,
  file: string,
  how: { onProgress(line: string): void; signal: AbortSignal },
) => Promise<void>

export interface BuildVmOptions {
  /** `vm` in Oxbow's home. */
  folder: string
  onProgress(line: string): void
  signal: AbortSignal
  now: Date
  root?: RootWish | undefined
  /** Absent: there are no container images here. */
  saveImage?: SaveImage | undefined
  /** A kernel with the folder of its modules, in place of the system's. */
  kernel?: KernelSource | undefined
  /** A static busybox in place of the system's. */
  busybox?: string | undefined
  resources?: string | undefined
}

/**
 * Makes the image that microvms start from, beside the one that is there, and then puts it in its place at once.
 * @throws OxbowError `sandbox.build`
 */
export async function buildVm({ resources = GUEST_PARTS, ...options }: BuildVmOptions): Promise<ImageManifest> {
  const { folder, signal } = options
  const staging = join(folder, `building-${randomUUID()}`)
  await mkdir(staging, { recursive: true, mode: 0o700 })
  try {
    const manifest = await build(staging, { ...options, resources })
    signal.throwIfAborted()
    await putInPlace(folder, join(staging, 'image'), manifest)
    options.onProgress(`Built ${manifest.digest.slice(0, 12)} with the kernel ${manifest.kernelRelease}`)
    return manifest
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof OxbowError) throw error
    throw new OxbowError('SERVICE_UNAVAILABLE', 'sandbox.build', `The image could not be built: ${(error as Error).message}`)
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

async function build(staging: string, options: BuildVmOptions & { resources: string }): Promise<ImageManifest> {
  const { onProgress, signal, root = { packages: DEFAULT_PACKAGES }, resources } = options
  const image = join(staging, 'image')
  await mkdir(image, { mode: 0o700 })
  const parts = { folder: staging, onProgress, signal }
  const source = options.kernel ?? (await findKernel(parts))
  onProgress(`Taking the kernel ${releaseOf(source)}`)
  const modules = await collectModules(source.modules, root !== 'none')
  await writeFile(join(image, 'kernel'), await unpackKernel(source.kernel))
  const agent = await readAgent(resources)
  const busybox = await readBusybox(options.busybox, parts)
  const init = await readFile(join(resources, 'init.sh'))
  await writeFile(join(image, 'initramfs'), initramfs({ busybox, agent, init, modules, withRoot: root !== 'none' }))
  await writeFile(join(image, 'agent'), agent)
  await chmod(join(image, 'agent'), 0o755)
  if (root !== 'none') {
    const programs = await makeRoot(root, parts, options.saveImage)
    await checkShell(programs)
    await packRoot(programs, join(image, 'root'), parts)
  }

  onProgress('Noting digests')
  const names = ['kernel', 'initramfs', 'agent', ...(root === 'none' ? [] : ['root'])]
  const files = await Promise.all(names.map((name) => describeFile(image, name)))
  const [kernel, initial, own, programs] = files
  if (!kernel || !initial || !own) throw new Error('a part of it is missing')
  return {
    version: 1,
    protocol: AGENT_VERSION,
    parts: await partsDigest(resources),
    arch: process.arch,
    builtAt: options.now.toISOString(),
    kernelRelease: releaseOf(source),
    madeOf: madeOf(root),
    kernel,
    initramfs: initial,
    agent: own,
    ...(programs !== undefined && { root: programs }),
    digest: digestOf(files),
  }
}

/** What an image was made of, or is to be, to be compared. */
export const madeOf = (root: RootWish = { packages: DEFAULT_PACKAGES }): string => JSON.stringify(root)

async function makeRoot(
  root: Exclude<RootWish, 'none'>,
  parts: Parameters<typeof unpackRoot>[1],
  saveImage: SaveImage | undefined,
): Promise<string> {
  if ('packages' in root) return unpackRoot(root.packages, parts)
  if ('image' in root) {
    const hint = 'Name the absolute path of a folder or an archive (sandbox.microvm.root).'
    if (!saveImage) throw new OxbowError('SERVICE_UNAVAILABLE', 'sandbox.build', `No engine can give ${root.image}.`, hint)
    const file = join(parts.folder, 'image.tar')
    parts.onProgress(`Taking the image ${root.image}`)
    await saveImage(root.image, file, parts)
    return unpackArchive(file, parts)
  }
  const found = await stat(root.path).catch(() => undefined)
  if (!found) throw new OxbowError('BAD_REQUEST', 'sandbox.build', `There is no "${root.path}".`)
  return found.isDirectory() ? root.path : unpackArchive(root.path, parts)
}

interface InitramfsParts {
  busybox: Buffer
  agent: Buffer
  init: Buffer
  modules: readonly Module[]
  withRoot: boolean
}

function initramfs({ busybox, agent, init, modules, withRoot }: InitramfsParts): Buffer {
  const folders = ['bin', 'dev', 'etc', 'lib', 'lib/modules'].map((path): CpioEntry => ({ path, kind: 'folder' }))
  const file = (path: string, data: string | Buffer, mode = 0o644): CpioEntry => ({
    path,
    kind: 'file',
    mode,
    data: Buffer.from(data),
  })
  return packCpio([
    ...folders,
    file('init', init, 0o755),
    file('oxbow-agent', agent, 0o755),
    file('bin/busybox', busybox, 0o755),
    file('etc/passwd', USERS.passwd),
    file('etc/group', USERS.group),
    ...(withRoot ? [file('etc/oxbow-root', '')] : []),
    ...modules.map(({ name, data }) => file(`lib/modules/${name}`, data)),
    file('lib/modules/order', modules.map(({ name }) => `${name}\n`).join('')),
  ])
}

async function readAgent(resources: string): Promise<Buffer> {
  try {
    return await readFile(join(resources, agentName()))
  } catch {
    throw new OxbowError('SERVICE_UNAVAILABLE', 'sandbox.build', `There are no microvms for ${process.arch} in this Oxbow.`)
  }
}

/** A busybox that needs no libraries. */
async function readBusybox(
  named: string | undefined,
  { folder, onProgress, signal }: Parameters<typeof unpackRoot>[1],
): Promise<Buffer> {
  const installed = named ?? findTool('busybox')
  const found = installed === undefined ? undefined : await readFile(installed)
  if (found !== undefined && isStatic(found)) return found
  if (named === undefined && hasApt()) {
    onProgress('Downloading busybox-static')
    const [file] = await downloadPackages(['busybox-static'], join(folder, 'busybox-package'), signal)
    const unpacked = join(folder, 'busybox')
    await mkdir(unpacked)
    if (file !== undefined) await unpackDeb(file, unpacked, ['*/bin/busybox'], signal)
    const inside = await Promise.any(['bin', 'usr/bin'].map((path) => readFile(join(unpacked, path, 'busybox')))).catch(
      () => undefined,
    )
    if (inside !== undefined) return inside
  }
  const why = named === undefined ? 'A static busybox is missing.' : `"${named}" is no static program.`
  throw new OxbowError(
    'SERVICE_UNAVAILABLE',
    'sandbox.build',
    why,
    'Install busybox-static, or name one: sandbox.microvm.busybox',
  )
}

/** Whether a program (64-bit, little-endian ELF) asks for no loader. */
function isStatic(program: Buffer): boolean {
  if (program.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return false
  const [at, size, count] = [Number(program.readBigUInt64LE(32)), program.readUInt16LE(54), program.readUInt16LE(56)]
  const LOADER = 3
  return Array.from({ length: count }, (_, index) => program.readUInt32LE(at + index * size)).every((type) => type !== LOADER)
}

/** The manifest names the folder of the files, and is swapped in one step: there is always a whole image. */
async function putInPlace(folder: string, image: string, manifest: ImageManifest): Promise<void> {
  const name = folderOf(manifest)
  const place = join(folder, name)
  // The same image may be in use already, or another build of it may just have ended.
  if (!(await isComplete(place, manifest))) {
    await rm(place, { recursive: true, force: true })
    await rename(image, place)
  }
  const next = join(folder, `${MANIFEST}.${randomUUID()}`)
  await writeFile(next, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
  await rename(next, join(folder, MANIFEST))
  const others = (await readdir(folder)).filter((other) => /^[0-9a-f]{16}$/.test(other) && other !== name)
  // Machines that run keep what they opened.
  await Promise.all(others.map((other) => rm(join(folder, other), { recursive: true, force: true })))
}
