import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'

/** Runs `ps`; empty where it fails, as it does when no process fits. @param most bytes of its answer */
export const ps = (args: string[], { timeoutMs = 1000, most = 4 << 20 } = {}): Promise<string> =>
  new Promise((done) => {
    execFile('/bin/ps', args, { timeout: timeoutMs, maxBuffer: most }, (_error, stdout) => done(stdout))
  })

/** @returns the processes, other than this one, whose command line followed by their environment fits */
export async function processesWhose(fits: (line: string) => boolean): Promise<number[]> {
  const all = process.platform === 'linux' ? await fromProc() : await fromPs()
  return all.filter(({ pid, line }) => pid > 1 && pid !== process.pid && fits(line)).map(({ pid }) => pid)
}

interface Listed {
  pid: number
  line: string
}

async function fromProc(): Promise<Listed[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return Promise.all(
    names.map(async (name) => {
      // Of one that has ended, and of one that is not ours, nothing can be read.
      const read = (what: string): Promise<string> => readFile(`/proc/${name}/${what}`, 'utf8').catch(() => '')
      const [command, environment] = await Promise.all([read('cmdline'), read('environ')])
      return { pid: Number(name), line: `${command} ${environment}`.replaceAll('\0', ' ') }
    }),
  )
}

async function fromPs(): Promise<Listed[]> {
  const text = await ps(['-axEww', '-o', 'pid=,command='], { timeoutMs: 5000, most: 16 << 20 })
  return text.split('\n').map((line) => ({ pid: Number.parseInt(line, 10), line: line.trimStart() }))
}

export function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // Already gone, which is what was wanted.
  }
}
