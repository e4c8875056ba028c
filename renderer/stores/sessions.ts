import { create } from 'zustand'
import type { ListItem, SessionId, SessionSummary } from '../../sidecar/contract/index.ts'

interface SessionList {
  /** Newest first, archived ones too. */
  rows: readonly SessionSummary[]
  ready: boolean
  take(item: ListItem): void
}

/** The rows after a change of the list: a reset replaces all, else each row replaces the one with its id. */
export function merge(rows: readonly SessionSummary[], item: ListItem): readonly SessionSummary[] {
  const byId = new Map<SessionId, SessionSummary>(item.reset ? [] : rows.map((row) => [row.id, row]))
  for (const row of item.sessions) byId.set(row.id, row)
  return [...byId.values()].sort((a, b) => (a.updatedAt === b.updatedAt ? 0 : a.updatedAt < b.updatedAt ? 1 : -1))
}

export const useSessions = create<SessionList>()((set) => ({
  rows: [],
  ready: false,
  take: (item) => set((store) => ({ rows: merge(store.rows, item), ready: true })),
}))
