import { create } from 'zustand'
import type { Words } from '../connection/words.ts'

export interface Notice extends Words {
  id: number
}

/** Notices on the screen at once, and how long each stays. */
const MOST = 3
const STAY_MS = 8_000

interface Notices {
  notices: readonly Notice[]
  add(words: Words): void
  dismiss(id: number): void
}

let count = 0

/** Short words to the person about something that went wrong outside the conversation. */
export const useNotices = create<Notices>()((set, get) => ({
  notices: [],
  add: (words) => {
    const id = ++count
    set(({ notices }) => ({ notices: [...notices.slice(1 - MOST), { ...words, id }] }))
    setTimeout(() => get().dismiss(id), STAY_MS)
  },
  dismiss: (id) => set(({ notices }) => ({ notices: notices.filter((n) => n.id !== id) })),
}))
