import type { Episode, Failure, MemoryResult, SearchEpisodes, SearchMemory } from '../../contract/index.ts'
import type { Relations } from '../dream/relations.ts'
import type { Wanted } from './embedders.ts'

/** What the index thread is started with. */
export interface ThreadData {
  database: string
  wanted: Wanted
}

/** What a search found. */
export interface Found {
  results: MemoryResult[]
  /** Why it went by words alone, where it did. */
  wordsOnly?: string | undefined
}

export interface IndexState {
  /** The one that serves, else the one whose index is made. */
  embedder: { id: string; dimensions: number }
  serves: boolean
  /** Why the one that is wanted does not serve. */
  fault?: string | undefined
  /** Memories whose vectors the serving index has. */
  embedded: number
  building?: { id: string; done: number; of: number }
}

/** One leg alone, to measure it; `bare` is full-text search and nothing else. */
export type Legs = 'words' | 'meaning' | 'bare'

/** What is asked of the thread, and what it answers. */
export interface Asks {
  search: {
    ask: { request: SearchMemory; now: string; legs?: Legs | undefined; notes?: 'only' | 'without' | undefined }
    answer: Found
  }
  /** By words alone: what was said is not embedded. */
  episodes: { ask: { request: SearchEpisodes; now: string }; answer: Episode[] }
  /** From now on this embedder shall serve. Fails, and changes nothing, where it cannot be opened. */
  choose: { ask: { wanted: Wanted }; answer: null }
  state: { ask: Record<never, never>; answer: IndexState }
  /** Unit vectors of texts, each signed byte a dimension; made by the embedder that serves. */
  embed: { ask: { texts: string[] }; answer: Int8Array[] }
  /** What these rows repeat and contradict, each on its own shelf; none: lets go of what was held for that. */
  relations: { ask: { rows: number[] }; answer: Relations }
  /** The central sentences of texts. */
  central: { ask: { texts: string[]; most: number }; answer: string[] }
  /** Writes the database's log of writes into its file, which waits for the disk. */
  checkpoint: { ask: Record<never, never>; answer: null }
  /** Answered when every memory that is known of has its vector. */
  settle: { ask: Record<never, never>; answer: null }
}
export type Ask = { [K in keyof Asks]: { id: number; do: K } & Asks[K]['ask'] }[keyof Asks]

export type ToThread =
  | Ask
  /** These rows are new or have another text. `version` grows with each. */
  | { do: 'add'; rows: number[]; version: number }
  | { do: 'remove'; rows: number[] }
  /** The batch of vectors is in the database, but for `skipped`, whose texts changed meanwhile. */
  | { do: 'written'; skipped: number[] }
  | { do: 'embedder'; number: number }
  | { do: 'promoted' }

export type FromThread =
  | { id: number; answer: unknown }
  | { id: number; failure: Failure }
  /** To be written: one after the other in `bytes`. `seen` is the newest version that was known when the texts were read. */
  | { vectors: { embedder: number; rows: number[]; bytes: Uint8Array; seen: number } }
  /** To be entered among the embedders. */
  | { embedder: { id: string; dimensions: number; state: 'serving' | 'building' } }
  /** This embedder knows every memory: from now on it serves, and the one before goes. */
  | { promote: number }
  | { fault: string }
