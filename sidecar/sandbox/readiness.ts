import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findProgram } from '../foundation/index.ts'
import { CONFINE_COMMAND } from './confine.ts'
import { virtualRoots } from './roots.ts'
import { runLine } from './run.ts'
import { COMMAND_VARIABLE, entranceTo, missingParts } from './runtime.ts'
import type { Readiness } from './sandbox.ts'

const PROBE_MS = 5000
const SIGN = 'oxbow-box-works'
const OPEN = 'oxbow-box-lacks-landlock'
const NO_LANDLOCK =
  'commands can write into named pipes of programs outside, since Landlock is missing here (Linux 5.19 or later has it, unless it is switched off)'

export interface ProbeOptions {
  platform: NodeJS.Platform
  tmpRoot: string
  allowHosts: readonly string[]
  personHome: string
  env: Record<string, string>
}

/** Runs one real command in a real box: what is installed may still refuse. Never throws; bounded in time. */
export async function probe({ platform, tmpRoot, allowHosts, personHome, env }: ProbeOptions): Promise<Readiness> {
  if (platform !== 'linux' && platform !== 'darwin') {
    return notReady(`there is no process sandbox for ${platform}`, 'Use Linux or macOS (on Windows: WSL 2).')
  }
  const folder = await makeFolder(tmpRoot).catch(() => undefined)
  if (folder === undefined)
    return notReady(`no temporary folder can be made in ${tmpRoot}`, 'Free space there or set OXBOW_HOME.')
  try {
    if (platform === 'linux' && findProgram('bwrap') === undefined)
      return notReady('bubblewrap is not installed', await installCommand())
    const missing = await missingParts(allowHosts.length > 0)
    if (missing.length > 0) return notReady(missing.join('; '), await installCommand())
    return await tryBox(folder, { platform, personHome, env })
  } catch (error) {
    return notReady(error instanceof Error ? error.message : String(error), await installCommand())
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function makeFolder(tmpRoot: string): Promise<string> {
  await mkdir(tmpRoot, { recursive: true, mode: 0o700 })
  return mkdtemp(join(await realpath(tmpRoot), 'probe-'))
}

async function tryBox(
  folder: string,
  { platform, personHome, env }: Omit<ProbeOptions, 'tmpRoot' | 'allowHosts'>,
): Promise<Readiness> {
  const roots = platform === 'linux' ? virtualRoots({ workspace: folder, tmp: folder }) : []
  const fence = { workspace: folder, tmp: folder, unreadable: [], readable: [], readOnly: [], roots }
  const { line, release } = await entranceTo(fence, personHome)
  let output = ''
  const onOutput = (text: string): void => {
    output = (output + text).slice(0, 2000)
  }
  try {
    const signal = new AbortController().signal
    const exit = await runLine(
      line,
      { command: '', cwd: folder, timeoutMs: PROBE_MS, signal, onOutput },
      {
        ...env,
        [COMMAND_VARIABLE]: `${platform === 'linux' ? `${CONFINE_COMMAND} || echo ${OPEN}; ` : ''}echo ${SIGN}`,
      },
    )
    if (exit.code === 0 && output.trim() === SIGN) return { ready: true }
    if (exit.code === 0 && output.trim() === `${OPEN}\n${SIGN}`) return { ready: true, warning: NO_LANDLOCK }
    if (exit.reason === 'timeout')
      return notReady(`a test command did not end within ${PROBE_MS / 1000} s`, 'Try again when the machine is less busy.')
    return notReady(
      `a test command could not run in it (${output.trim().slice(0, 300) || `exit code ${exit.code}`})`,
      mendRefusal(platform, output),
    )
  } finally {
    release()
  }
}

const notReady = (reason: string, mend: string): Readiness => ({ ready: false, reason, mend })

function mendRefusal(platform: NodeJS.Platform, output: string): string {
  if (platform === 'darwin') return 'Check that /usr/bin/sandbox-exec works, and that Oxbow does not itself run in a sandbox.'
  if (/uid map|user namespace|permission|Permission denied|not permitted/i.test(output)) {
    return 'Allow user namespaces: sudo sysctl kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0 (in a container, start it with --security-opt seccomp=unconfined).'
  }
  return 'See `bwrap --ro-bind / / --unshare-pid --proc /proc true` for what refuses.'
}

/** The line that installs what a box needs on this system. */
async function installCommand(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const ids = release.match(/^ID(?:_LIKE)?=.*$/gm)?.join(' ') ?? ''
  const packages = 'bubblewrap socat ripgrep'
  if (/fedora|rhel|centos/.test(ids)) return `sudo dnf install ${packages}`
  if (/arch/.test(ids)) return `sudo pacman -S ${packages}`
  if (/suse/.test(ids)) return `sudo zypper install ${packages}`
  if (/alpine/.test(ids)) return `sudo apk add bash ${packages}`
  return `sudo apt-get install ${packages}`
}
