import { setImmediate as breathe } from 'node:timers/promises'
import type { AuditEntry } from '../contract/index.ts'
import type { AuditEvent } from './event.ts'
import type { Seal } from './sealed.ts'
import type { AuditStore } from './store.ts'

const SEALED = 'of the record sealed'

/** The event that tells of a seal. Whoever takes text out of the database without it is found: it is signed like all others. */
export const sealEvent = ({ from, size, file }: Seal): AuditEvent & { title: string } => ({
  kind: 'config',
  actor: 'oxbow',
  title: `Entries ${from} to ${size - 1} ${SEALED}`,
  data: { file },
})

/** @returns the seals that no entry tells of; none where what is sealed later, and may tell of them, cannot be read */
export async function untoldSeals(store: AuditStore): Promise<Seal[]> {
  const untold: Seal[] = []
  const told = new Set<string>()
  const hear = (texts: readonly string[]): void => {
    for (const text of texts) if (text.includes(SEALED)) told.add(tells(text))
  }
  const seals = store.sealed.list().reverse()
  if (seals.length > 0) hear(store.textsWith(SEALED))
  for (const seal of seals) {
    if (!told.has(word(sealEvent(seal)))) untold.push(seal)
    try {
      hear(store.sealed.texts(seal, seal.from, seal.size))
    } catch {
      return untold
    }
    await breathe()
  }
  return untold
}

/** What an entry says of a seal, in a word; nothing where it is none. */
function tells(text: string): string {
  try {
    return word(JSON.parse(text) as AuditEntry)
  } catch {
    return ''
  }
}

const word = ({ kind, actor, title, data }: Pick<AuditEntry, 'kind' | 'actor' | 'title' | 'data'>): string =>
  [kind, actor, title, data?.file].join(' ')
