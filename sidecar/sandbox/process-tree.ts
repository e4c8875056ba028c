import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { ps, sendSignal } from './process-table.ts'

/** What a process tree gets to end by itself after SIGTERM, in milliseconds. */
const GRACE_MS = 50
/** Time for killed processes to leave the process table. */
const GONE_MS = 2000
const MOST_PROCESSES = 4096

/** A process with the moment it started, since the system uses numbers again. */
interface Process {
  pid: number
  started: string
}

/**
 * Ends a box's process tree: SIGTERM to all in it, then SIGKILL to its root, whose death takes the whole process namespace
 * with it. `root` leads a process group of its own. Settles when no process of the tree is left.
 * @param ended settles when the root has ended
 */
export async function endTree(root: number, ended: Promise<unknown>): Promise<void> {
  const before = await descendants(root)
  // The root is the box itself: a SIGTERM there would end all without a chance to tidy up.
  for (const { pid } of before) sendSignal(pid, 'SIGTERM')
  if (process.platform !== 'linux') sendSignal(-root, 'SIGTERM')
  await Promise.race([ended, sleep(GRACE_MS)])
  const late = await descendants(root)
  sendSignal(root, 'SIGKILL')
  sendSignal(-root, 'SIGKILL')
  await gone([...before, ...late])
}

async function gone(processes: readonly Process[]): Promise<void> {
  const deadline = performance.now() + GONE_MS
  let left = processes
  while (left.length > 0 && performance.now() < deadline) {
    const still = await Promise.all(left.map(async (known) => (await startOf(known.pid)) === known.started))
    left = left.filter((_, at) => still[at])
    for (const { pid } of left) sendSignal(pid, 'SIGKILL')
    if (left.length > 0) await sleep(2)
  }
}

async function descendants(root: number): Promise<Process[]> {
  const childrenOf = process.platform === 'linux' ? linuxChildren : await tableOfChildren()
  const found: Process[] = []
  for (let open = [root]; open.length > 0 && found.length < MOST_PROCESSES; ) {
    const next = (await Promise.all(open.map(childrenOf))).flat()
    const known = await Promise.all(next.map(async (pid) => ({ pid, started: await startOf(pid) })))
    found.push(...known.filter((one) => one.started !== ''))
    open = next
  }
  return found
}

async function linuxChildren(pid: number): Promise<number[]> {
  const list = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return list.split(' ').filter(Boolean).map(Number)
}

async function tableOfChildren(): Promise<(pid: number) => Promise<number[]>> {
  const children = new Map<number, number[]>()
  for (const line of (await ps(['-A', '-o', 'pid=,ppid='])).split('\n')) {
    const [pid = 0, parent = 0] = line.trim().split(/\s+/).map(Number)
    children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  return async (pid) => children.get(pid) ?? []
}

/** When a process started, in whatever unit the system has; empty when there is no such process or it is already dead. */
export async function startOf(pid: number): Promise<string> {
  if (process.platform !== 'linux') return (await ps(['-o', 'lstart=', '-p', String(pid)])).trim()
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The name stands in parentheses and may hold anything; fields are counted after its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? '' : (fields[19] ?? '')
}
