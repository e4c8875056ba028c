import { seal, unseal } from './seal.ts'

/** A piece of OpenRouter's `reasoning_details`: a thought's words, its signature, or what only its vendor can read. */
export interface ReasoningDetail {
  type?: string
  index?: number
  text?: string | null
  summary?: string | null
  data?: string | null
  signature?: string | null
}

const WORDS = ['text', 'summary', 'data'] as const

/** Puts the details of one thought together from their pieces. */
export class ReasoningDetails {
  #details: ReasoningDetail[] = []

  /** Whether any of them has to go back. */
  get matter(): boolean {
    return this.#details.some(({ signature, data }) => signature || data)
  }

  add(pieces: readonly ReasoningDetail[] | null | undefined): void {
    for (const piece of pieces ?? []) {
      const open = this.#details.find(({ type, index }) => type === piece.type && index === piece.index && index !== undefined)
      if (open === undefined) {
        this.#details.push({ ...piece })
        continue
      }
      for (const field of WORDS) if (piece[field]) open[field] = (open[field] ?? '') + piece[field]
      if (piece.signature) open.signature = piece.signature
    }
  }

  /** The seal of the thought so far; undefined where there were no details that have to go back. */
  flush(): string | undefined {
    const sealed = this.matter ? seal('details', JSON.stringify(this.#details)) : undefined
    this.#details = []
    return sealed
  }
}

/** The details that were sealed, as they go back. */
export function openDetails(signature: string | undefined): ReasoningDetail[] {
  const sealed = unseal('details', signature)
  return sealed === undefined ? [] : (JSON.parse(sealed) as ReasoningDetail[])
}
