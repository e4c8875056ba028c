import type { Clock, Db } from '../../foundation/index.ts'
import type { Questions } from '../learn/questions.ts'
import type { Secrets } from '../learn/secret.ts'
import type { Shelves } from '../shelf.ts'
import type { MemoryStore } from '../store.ts'
import type { Uses } from '../strength/uses.ts'
import type { Absorber } from './absorb.ts'
import type { DreamLog } from './dream-log.ts'
import type { Moves } from './moves.ts'
import type { Relations } from './relations.ts'

/** What a model can do for a dream; each answer is undefined where it may not be asked (any more), or did not answer. `signal` ends it. */
export interface DreamHelper {
  /** In a few sentences, what these say. @param period `2026-05-01`, `2026-W18`, `2026-05`, `all` */
  summarise(texts: readonly string[], period: string, signal: AbortSignal): Promise<string | undefined>
  /** In one sentence, what is so whenever these happen. */
  generalise(texts: readonly string[], signal: AbortSignal): Promise<string | undefined>
  /** In one sentence, how a kind of task is solved. @param task its goal, steps and outcome */
  approach(task: string, signal: AbortSignal): Promise<string | undefined>
  /** What a newer statement is to an older one. */
  judge(newer: string, older: string, signal: AbortSignal): Promise<'same' | 'replaces' | 'both' | undefined>
  /** What was used so far. */
  used(): { tokens: number; costMicros: number }
}

/** What the phases of a dream work with. */
export interface DreamParts {
  db: Db
  clock: Clock
  log: DreamLog
  store: MemoryStore
  shelves: Shelves
  moves: Moves
  absorber: Absorber
  uses: Uses
  questions: Questions
  secrets: Secrets
  /** What these rows repeat and contradict; worked out in the index thread. */
  relations(rows: readonly number[]): Promise<Relations>
  /** The central sentences of texts; worked out there, too. */
  central(texts: readonly string[], most: number): Promise<string[]>
  /** Settles when everything is in the index. */
  settled(): Promise<void>
  /** Writes the log of writes into the file, in the index thread, where waiting for the disk holds nobody up. */
  checkpoint(): Promise<unknown>
  /** Makes the indexes anew. */
  reindex(): void
  /** One transaction, whose changes are told after it. */
  together<T>(work: () => T): T
}
