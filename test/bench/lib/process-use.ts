import { readFileSync } from 'node:fs'

/** Clock ticks in a second: fixed at 100 on every Linux that Node runs on. */
const TICKS = 100

/** Processor time that a process has used so far, all threads, in milliseconds. In steps of 10. */
export function cpuMs(pid: number): number {
  // The name may hold blanks and brackets; what follows its last bracket does not.
  const fields = read(pid, 'stat').split(') ').at(-1)!.split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS
}

/** Memory that a process holds, in MB. */
export function rssMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(read(pid, 'status'))?.[1]) / 1024
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch (error) {
    throw new Error(`cannot read /proc/${pid}/${file}: this bench runs on Linux only, and the process must live`, {
      cause: error,
    })
  }
}
