import { create } from 'zustand'
import type { SessionId } from '../../sidecar/contract/index.ts'

const KEY = 'oxbow.drafts'
/** Drafts kept, newest last, and the longest text kept over a reload. */
const MOST = 50
const LONGEST = 100_000

interface Drafts {
  texts: Readonly<Record<string, string>>
  write(sessionId: SessionId, text: string): void
}

export const useDrafts = create<Drafts>()((set) => ({
  texts: load(),
  write: (sessionId, text) =>
    set(({ texts }) => {
      const { [sessionId]: _, ...others } = texts
      const next = text === '' ? others : { ...others, [sessionId]: text }
      saveSoon(next)
      return { texts: next }
    }),
}))

function load(): Record<string, string> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    if (typeof kept !== 'object' || kept === null) return {}
    return Object.fromEntries(Object.entries(kept).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  } catch {
    return {}
  }
}

let timer: ReturnType<typeof setTimeout> | undefined
let due: Readonly<Record<string, string>> = {}

function save(): void {
  clearTimeout(timer)
  timer = undefined
  const kept = Object.entries(due)
    .filter(([, text]) => text.length <= LONGEST)
    .slice(-MOST)
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(kept)))
  } catch {
    // Storage is full or closed: drafts then live as long as the window.
  }
}

function saveSoon(texts: Readonly<Record<string, string>>): void {
  due = texts
  timer ??= setTimeout(save, 300)
}

window.addEventListener('pagehide', () => {
  if (timer !== undefined) save()
})
