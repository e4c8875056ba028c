import { lstat, mkdir, readdir, readlink, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { OxbowError } from '../../foundation/index.ts'
import { isImageArchive, unpackImage } from './image-archive.ts'
import { downloadPackages, hasApt, neededPackages } from './packages.ts'
import { findTool, runTool, unpackDeb } from './programs.ts'

/** The programs of a guest, where nothing else is asked for: those of our containers, without the compilers. */
export const DEFAULT_PACKAGES: readonly string[] = [
  ...['bash', 'ca-certificates', 'curl', 'diffutils', 'fd-find', 'file', 'git', 'jq', 'less', 'make', 'patch', 'procps'],
  ...['python3', 'ripgrep', 'sqlite3', 'tree', 'unzip', 'xz-utils', 'zip'],
  // Every Debian has these; here nothing is taken for granted.
  ...['base-files', 'base-passwd', 'bzip2', 'coreutils', 'dash', 'debianutils', 'findutils', 'gawk', 'grep', 'gzip', 'hostname'],
  ...['mount', 'ncurses-base', 'perl-base', 'sed', 'tar', 'util-linux'],
]

const MOST_LINKS = 40
const ANY_EXECUTE = 0o111

/** Room for the file system's own, beside the files. */
const SPARE = 64 * 1024 ** 2

export interface RootOptions {
  /** For what is downloaded and unpacked. */
  folder: string
  onProgress(line: string): void
  signal: AbortSignal
}

/** Puts the programs of packages into a folder. @throws OxbowError `sandbox.build` */
export async function unpackRoot(packages: readonly string[], { folder, onProgress, signal }: RootOptions): Promise<string> {
  if (!hasApt()) {
    throw new OxbowError(
      'SERVICE_UNAVAILABLE',
      'sandbox.build',
      'This system has no apt-get, which the programs of the guest are taken from.',
      'Name a container image, or a folder or archive that holds them (sandbox.microvm.root), or have BusyBox alone ("none").',
    )
  }
  const root = join(folder, 'root')
  await layOut(root)
  const needed = await neededPackages(packages, folder, signal)
  onProgress(`Downloading ${needed.length} packages for the root file system`)
  const files = await downloadPackages(needed, join(folder, 'packages'), signal)
  onProgress(`Unpacking ${files.length} packages`)
  for (const file of files) await unpackDeb(file, root, [], signal)
  await settle(root)
  return root
}

/** Unpacks an archive: an exported container, or a saved image with its layers. @throws OxbowError `sandbox.build` */
export async function unpackArchive(file: string, { folder, onProgress, signal }: RootOptions): Promise<string> {
  const root = join(folder, 'root')
  onProgress(`Unpacking ${file}`)
  if (await isImageArchive(file, signal)) {
    await unpackImage(file, root, join(folder, 'layers'), signal)
    return root
  }
  await mkdir(root, { recursive: true })
  await runTool('tar', ['-x', '-f', file, '-C', root, '--no-same-owner', '--exclude=dev/*'], { signal })
  return root
}

/** Refuses programs that no command could be started with. @throws OxbowError `sandbox.build` */
export async function checkShell(root: string): Promise<void> {
  for (const shell of ['/bin/bash', '/bin/sh']) if (await isProgramIn(root, shell)) return
  throw new OxbowError(
    'BAD_REQUEST',
    'sandbox.build',
    'The root file system has no shell: neither /bin/bash nor /bin/sh is a program in it.',
    'Name another in sandbox.microvm.root: an image with a shell, or a folder with bin, lib and etc in it.',
  )
}

/** Whether a path is a program within a root file system, whose links lead to its own files. */
async function isProgramIn(root: string, path: string): Promise<boolean> {
  let left = path.split('/')
  let at: string[] = []
  for (let links = 0; left.length > 0; ) {
    const name = left.shift()!
    if (name === '' || name === '.') continue
    if (name === '..') {
      at.pop()
      continue
    }
    const place = join(root, ...at, name)
    const found = await lstat(place).catch(() => undefined)
    if (!found || links > MOST_LINKS) return false
    if (!found.isSymbolicLink()) {
      at.push(name)
      continue
    }
    links += 1
    const target = await readlink(place)
    if (isAbsolute(target)) at = []
    left = [...target.split('/'), ...left]
  }
  const found = await stat(join(root, ...at))
  return found.isFile() && (found.mode & ANY_EXECUTE) !== 0
}

/** Debian's folders, where `/bin` and the like are links. */
async function layOut(root: string): Promise<void> {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(root, 'usr', name), { recursive: true })
    await symlink(`usr/${name}`, join(root, name))
  }
  for (const name of ['etc', 'proc', 'sys', 'dev', 'run', 'tmp', 'home', 'root', 'var/tmp'])
    await mkdir(join(root, name), { recursive: true })
}

/** What packages do when they are installed, as far as it matters here. */
async function settle(root: string): Promise<void> {
  await writeFile(join(root, 'etc/passwd'), USERS.passwd)
  await writeFile(join(root, 'etc/group'), USERS.group)
  const links = { awk: ['gawk', 'mawk'], sh: ['dash', 'bash'], fd: ['fdfind'] }
  const programs = new Set(await readdir(join(root, 'usr/bin')))
  for (const [name, targets] of Object.entries(links)) {
    const target = targets.find((one) => programs.has(one))
    if (!programs.has(name) && target !== undefined) await symlink(target, join(root, 'usr/bin', name))
  }
}

export const USERS = {
  passwd:
    'root:x:0:0:root:/root:/bin/sh\nagent:x:1000:1000:agent:/home/agent:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  group: 'root:x:0:\ntty:x:5:\nagent:x:1000:\nnogroup:x:65534:\n',
}

/** Makes a file system of a folder. @throws OxbowError `sandbox.build` */
export async function packRoot(root: string, image: string, { onProgress, signal }: Omit<RootOptions, 'folder'>): Promise<void> {
  const found = await stat(root).catch(() => undefined)
  if (!found?.isDirectory()) throw new OxbowError('BAD_REQUEST', 'sandbox.build', `"${root}" is no folder.`)
  const mke2fs = findTool('mke2fs')
  if (mke2fs === undefined)
    throw new OxbowError('SERVICE_UNAVAILABLE', 'sandbox.build', 'mke2fs is missing.', 'Install e2fsprogs.')
  onProgress('Packing the root file system')
  const [bytes = 0, files = 0] = await Promise.all([
    sizeOf(root, ['-s', '--block-size=1'], signal),
    sizeOf(root, ['-s', '--inodes'], signal),
  ])
  await writeFile(image, '')
  await truncate(image, Math.ceil((bytes * 1.1 + files * 512 + SPARE) / 4096) * 4096)
  const features = [
    '-O',
    '^has_journal',
    '-m',
    '0',
    '-N',
    String(Math.ceil(files * 1.1) + 64),
    '-E',
    'root_owner=0:0,lazy_itable_init=0',
  ]
  await runTool(mke2fs, ['-q', '-F', '-t', 'ext4', '-b', '4096', ...features, '-d', root, image], { signal })
}

async function sizeOf(folder: string, args: readonly string[], signal: AbortSignal): Promise<number> {
  return Number.parseInt(await runTool('du', [...args, folder], { signal }), 10)
}
