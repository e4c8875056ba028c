import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { startOf } from '../process-tree.ts'

/** What a container says about who made it. Their values hold no paths of the person but the workspace's. */
export const LABEL = {
  home: 'oxbow.home',
  owner: 'oxbow.owner',
  machine: 'oxbow.machine',
  workspace: 'oxbow.workspace',
  session: 'oxbow.session',
} as const

export type Labels = Record<string, string>

/** The labels of containers that this process makes for this home. */
export async function ownLabels(home: string): Promise<Labels> {
  return {
    [LABEL.home]: digest(home),
    [LABEL.owner]: `${process.pid} ${await startOf(process.pid)}`,
    [LABEL.machine]: machine(),
  }
}

/** Whether the process that made a container has died. One made on another machine or before a restart of it is judged by that. */
export async function isOrphan(labels: Labels): Promise<boolean> {
  const [name, boot] = (labels[LABEL.machine] ?? '').split(' ')
  const [ownName, ownBoot] = machine().split(' ')
  if (name !== ownName) return false
  if (boot !== ownBoot) return true
  const [pid, ...started] = (labels[LABEL.owner] ?? '').split(' ')
  if (!pid || started.length === 0) return false
  return (await startOf(Number(pid))) !== started.join(' ')
}

/** The machine and its present start, since process numbers mean something within these only. */
function machine(): string {
  return `${digest(hostname())} ${bootId()}`
}

function bootId(): string {
  try {
    return digest(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))
  } catch {
    return 'unknown'
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)
