import { hash } from 'node:crypto'
import type { Audit } from '../audit/index.ts'
import { SessionId } from '../contract/index.ts'
import type { MemoryChange } from '../memory/index.ts'

const TITLES: Readonly<Record<MemoryChange['what'], string>> = {
  learned: 'Memory learned',
  merged: 'Memories merged',
  superseded: 'Memory superseded by a newer one',
  digested: 'Memories of a time summed up',
  generalised: 'Memories generalised',
  promoted: 'Memory put on a wider shelf',
  removed: 'Memory forgotten',
}

/**
 * Records what Oxbow changed in memory by itself, within the change's own transaction. As with changes by hand only ids and a
 * digest: what is forgotten later must not stay in the record.
 */
export function recordMemory(audit: Audit): (change: MemoryChange) => void {
  return ({ what, by, ids, space, text, session, dream }) => {
    audit.record({
      kind: 'memory',
      actor: 'oxbow',
      title: `${TITLES[what]}${by === 'dream' ? ' in a dream' : ''}`,
      outcome: what,
      ...(session !== undefined && { session: SessionId.parse(session) }),
      data: {
        ids: ids.join(' '),
        space,
        ...(dream !== undefined && { dream }),
        ...(text !== undefined && { sha256: hash('sha256', text, 'base64url') }),
      },
    })
    audit.flush()
  }
}
