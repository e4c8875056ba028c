import { spawn } from 'node:child_process'
import { OxbowError, trustedPath } from '../foundation/index.ts'

/** Bytes that one call may print. */
const MOST_OUTPUT = 64 * 1024 * 1024
const MOST_COMPLAINT = 4096

/** No hook, no helper, no configuration but this, and no way but these three. */
const SETTINGS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.attributesFile=/dev/null',
  'credential.helper=',
  'gc.auto=0',
  'maintenance.auto=false',
  'protocol.allow=never',
  'protocol.file.allow=always',
  'protocol.https.allow=always',
  'protocol.ssh.allow=always',
].flatMap((setting) => ['-c', setting])

const SSH = 'ssh -o BatchMode=yes -o ConnectTimeout=10 -o PermitLocalCommand=no -o ClearAllForwardings=yes'

/** What git needs of the person's environment: programs, keys of ssh, and `.netrc`. */
const PASSED = ['PATH', 'HOME', 'SSH_AUTH_SOCK', 'LANG', 'TMPDIR', 'SystemRoot', 'USERPROFILE'] as const

/**
 * Runs the system's git on a repository of ours.
 * @param env of the person
 * @throws OxbowError `audit.git` with what git said; where the signal aborts, its reason
 */
export async function git(
  folder: string,
  args: readonly string[],
  { env, signal, input = '' }: { env: NodeJS.ProcessEnv; signal: AbortSignal; input?: string },
): Promise<string> {
  signal.throwIfAborted()
  const passed = Object.fromEntries(PASSED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
  const child = spawn('git', [...SETTINGS, ...args], {
    cwd: folder,
    stdio: 'pipe',
    // A group of its own: what git started ends with it.
    detached: process.platform !== 'win32',
    env: {
      ...passed,
      PATH: trustedPath(env.PATH),
      GIT_DIR: folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_ATTR_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ASKPASS: 'true',
      SSH_ASKPASS_REQUIRE: 'never',
      GIT_SSH_COMMAND: SSH,
      GIT_AUTHOR_NAME: 'Oxbow',
      GIT_AUTHOR_EMAIL: 'oxbow@localhost',
      GIT_COMMITTER_NAME: 'Oxbow',
      GIT_COMMITTER_EMAIL: 'oxbow@localhost',
    },
  })
  const end = (): void => {
    try {
      if (child.pid !== undefined && process.platform !== 'win32') process.kill(-child.pid, 'SIGKILL')
      else child.kill('SIGKILL')
    } catch {
      // It has ended.
    }
  }
  signal.addEventListener('abort', end)
  try {
    const output: Buffer[] = []
    let length = 0
    let complaint = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output.push(chunk)
      length += chunk.length
      if (length > MOST_OUTPUT) end()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-MOST_COMPLAINT)
    })
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', resolve)
    })
    if (code === 0) return Buffer.concat(output).toString('utf8')
    signal.throwIfAborted()
    throw new OxbowError(
      'SERVICE_UNAVAILABLE',
      'audit.git',
      `git ${args[0]} failed: ${complaint.trim()}`,
      'Try the same by hand.',
    )
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new OxbowError(
      'SERVICE_UNAVAILABLE',
      'audit.git',
      'git is not installed',
      'Install git, or name a folder as the witness.',
    )
  } finally {
    signal.removeEventListener('abort', end)
  }
}
