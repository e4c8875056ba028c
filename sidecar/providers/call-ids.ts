import { hash } from 'node:crypto'

/** What a wire allows as the id of a tool call. */
export interface CallIdShape {
  /** One character of it, as the inside of a character class. */
  chars: string
  most: number
  /** The length is exactly `most`. */
  exact?: boolean
}

export const anyCallId: CallIdShape = { chars: '\\x21-\\x7e', most: 64 }
export const wordCallId: CallIdShape = { chars: 'a-zA-Z0-9_-', most: 64 }
export const nineCallId: CallIdShape = { chars: 'a-zA-Z0-9', most: 9, exact: true }

/**
 * The ids of one conversation's tool calls as a wire allows them. The same conversation gets the same ids each time, so
 * that what a vendor has cached of it stays good; no two calls share one.
 */
export class CallIds {
  readonly #allowed: RegExp
  readonly #refused: RegExp
  readonly #shape: CallIdShape
  readonly #given = new Map<string, string>()
  readonly #taken = new Set<string>()
  /** How often an id came: some servers begin to count anew in each answer. */
  readonly #times = new Map<string, number>()

  constructor(shape: CallIdShape) {
    this.#shape = shape
    this.#allowed = new RegExp(`^[${shape.chars}]{${shape.exact ? shape.most : 1},${shape.most}}$`)
    this.#refused = new RegExp(`[^${shape.chars}]`, 'g')
  }

  /** For a call: its id where it is allowed and new, else one made of it. */
  call(id: string): string {
    let allowed = this.#spell(id)
    let times = this.#times.get(id) ?? 1
    while (this.#taken.has(allowed)) {
      times += 1
      allowed = this.#hash(`${id}\n${times}`)
    }
    this.#times.set(id, times)
    this.#taken.add(allowed)
    this.#given.set(id, allowed)
    return allowed
  }

  /** For a result: what its call was given. */
  result(id: string): string {
    return this.#given.get(id) ?? this.#spell(id)
  }

  #spell(id: string): string {
    if (this.#allowed.test(id)) return id
    const cleaned = id.replace(this.#refused, '_')
    return this.#allowed.test(cleaned) ? cleaned : this.#hash(id)
  }

  #hash(text: string): string {
    return hash('sha256', text, 'hex').slice(0, Math.min(this.#shape.most, 24))
  }
}
