import { create } from 'zustand'
import type { BudgetState } from '../../sidecar/contract/index.ts'
import { inWords, type Words } from '../connection/words.ts'
import { online } from '../stores/connection.ts'

interface Budgets {
  /** Null until they are known. */
  budgets: readonly BudgetState[] | null
  failure: Words | null
  load(): Promise<void>
}

/** The budgets as they stood when they were last asked for. */
export const useBudgets = create<Budgets>()((set) => ({
  budgets: null,
  failure: null,
  load: async () => {
    try {
      const { budgets } = await online().budgets.list()
      set({ budgets, failure: null })
    } catch (error) {
      set({ failure: inWords(error) })
    }
  },
}))

/** A budget is nearly used from this share on. */
const NEARLY = 0.8

export type Fullness = 'well' | 'nearly' | 'used'

export function fullness({ used, limit }: Pick<BudgetState, 'used' | 'limit'>): Fullness {
  if (used >= limit) return 'used'
  return used >= limit * NEARLY ? 'nearly' : 'well'
}
