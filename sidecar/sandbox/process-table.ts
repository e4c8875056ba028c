import { execFile } from 'node:child_process'

/** Runs `ps`; empty where it fails, as it does when no process fits. */
export const ps = (args: string[], timeoutMs = 1000): Promise<string> =>
  new Promise((done) => {
    execFile('/bin/ps', args, { timeout: timeoutMs, maxBuffer: 64 << 20 }, (_error, stdout) => done(stdout))
  })

/** Every process with its environment behind its command line, where the system shows it. */
const EVERYTHING = process.platform === 'linux' ? ['axeww', '-o', 'pid=,args='] : ['-axEww', '-o', 'pid=,command=']

/** @returns the processes, other than this one, whose command line and environment fit */
export async function processesWhose(fits: (line: string) => boolean): Promise<number[]> {
  const lines = (await ps(EVERYTHING, 5000)).split('\n').map((line) => line.trimStart())
  return lines
    .filter(fits)
    .map((line) => Number.parseInt(line, 10))
    .filter((pid) => pid > 1 && pid !== process.pid)
}

export function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // Already gone, which is what was wanted.
  }
}
