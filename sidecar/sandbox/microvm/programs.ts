import { execFile, type SpawnOptions, spawn } from 'node:child_process'
import { findProgram, OxbowError, trustedPath } from '../../foundation/index.ts'

const MOST_OUTPUT = 256 * 1024 ** 2
const MOST_SAID = 2000

/** Where the tools of an administrator are, which the person's PATH may lack. */
const PATH = `${trustedPath()}:/usr/sbin:/sbin`

export const findTool = (name: string): string | undefined => findProgram(name, PATH)

export interface RunOptions {
  cwd?: string
  signal?: AbortSignal | undefined
}

/** Runs a tool to its end. @returns what it printed. @throws OxbowError `sandbox.build` */
export function runTool(name: string, args: readonly string[], { cwd, signal }: RunOptions = {}): Promise<string> {
  return new Promise((done, fail) => {
    const env = { PATH, LC_ALL: 'C', HOME: process.env.HOME ?? '/', DEBIAN_FRONTEND: 'noninteractive' }
    const options = { cwd, signal, env, maxBuffer: MOST_OUTPUT, encoding: 'utf8' as const }
    execFile(name, args, options, (error, stdout, stderr) => {
      if (signal?.aborted) return fail(signal.reason as Error)
      if (error) return fail(failed(name, stderr || error.message))
      done(stdout)
    })
  })
}

/** Sends bytes through a tool. @throws OxbowError `sandbox.build` */
export async function pipeThrough(name: string, args: readonly string[], data: Buffer): Promise<Buffer> {
  const child = begin(name, args, { stdio: ['pipe', 'pipe', 'ignore'] })
  child.stdin?.on('error', () => {})
  child.stdin?.end(data)
  const pieces: Buffer[] = []
  child.stdout?.on('data', (piece: Buffer) => pieces.push(piece))
  const code = await ending(child)
  if (code !== 0) throw failed(name, `it ended with ${code}`)
  return Buffer.concat(pieces)
}

/** Unpacks what matches (all without patterns) of a Debian package into a folder. @throws OxbowError `sandbox.build` */
export async function unpackDeb(file: string, folder: string, patterns: readonly string[], signal?: AbortSignal): Promise<void> {
  const options = { signal, killSignal: 'SIGKILL' as const }
  const reader = begin('dpkg-deb', ['--fsys-tarfile', file], { ...options, stdio: ['ignore', 'pipe', 'ignore'] })
  const chosen = patterns.length > 0 ? ['--wildcards', ...patterns] : []
  const args = ['-x', '-C', folder, '--no-same-owner', '--keep-directory-symlink', ...chosen]
  const writer = begin('tar', args, { ...options, stdio: ['pipe', 'ignore', 'pipe'] })
  let said = ''
  writer.stderr?.on('data', (piece: Buffer) => {
    said = (said + piece.toString()).slice(-MOST_SAID)
  })
  writer.stdin?.on('error', () => {})
  if (reader.stdout && writer.stdin) reader.stdout.pipe(writer.stdin)
  const [read, written] = await Promise.all([ending(reader), ending(writer)])
  signal?.throwIfAborted()
  // A pattern that matches nothing is no failure here: what is missing is found out by those who need it.
  const onlyMissing = patterns.length > 0 && written === 2 && /Not found in archive/.test(said)
  if ((read !== 0 && written !== 0) || (written !== 0 && !onlyMissing)) throw failed('tar', said || `it ended with ${written}`)
}

function begin(name: string, args: readonly string[], options: SpawnOptions) {
  const child = spawn(name, args, { ...options, env: { PATH, LC_ALL: 'C' } })
  child.on('error', () => {})
  return child
}

const ending = (child: ReturnType<typeof spawn>): Promise<number | null> =>
  new Promise((done) => {
    child.once('close', (code) => done(code))
    if (child.pid === undefined) done(null)
  })

function failed(name: string, said: string): OxbowError {
  const why = said.trim().split('\n').slice(-3).join(' / ').slice(0, 500)
  return new OxbowError('SERVICE_UNAVAILABLE', 'sandbox.build', `The image could not be built: ${name}: ${why}`)
}
