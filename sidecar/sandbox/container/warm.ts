import { OxbowError } from '../../foundation/index.ts'
import type { Guard } from '../guards.ts'
import type { Container } from './container.ts'

/** Containers at once, over all boxes. */
export const MOST_CONTAINERS = 16

interface Kept {
  container: Promise<Container>
  print: string
  users: number
}

/** A container in use. The caller calls `release` when its command has ended. */
export interface Held {
  container: Container
  release(): void
}

/** The containers of all boxes, so that their number is bounded. */
export class Warmth {
  /** Least recently used first. */
  readonly #boxes = new Set<WarmBox>()

  /** @throws OxbowError `sandbox.busy` */
  async makeRoom(box: WarmBox): Promise<void> {
    this.#boxes.delete(box)
    while (this.#count() >= MOST_CONTAINERS) {
      const idle = [...this.#boxes].find((one) => one.idle)
      if (idle === undefined) {
        const hint = 'Wait for a command to end, or end a background process.'
        throw new OxbowError('TOO_MANY_REQUESTS', 'sandbox.busy', `${MOST_CONTAINERS} containers are at work already.`, hint)
      }
      await idle.cool()
    }
    this.#boxes.add(box)
  }

  used(box: WarmBox): void {
    if (this.#boxes.delete(box)) this.#boxes.add(box)
  }

  forget(box: WarmBox): void {
    this.#boxes.delete(box)
  }

  #count(): number {
    return [...this.#boxes].reduce((sum, box) => sum + box.containers, 0)
  }
}

/**
 * Keeps one box's container from call to call. It is made anew when it ended, or when what must be write-protected came or
 * went; one that still runs something ends with that. Left alone for a while, it is ended.
 */
export class WarmBox {
  readonly #guards: () => readonly Guard[]
  readonly #warmth: Warmth
  readonly #idleMs: number
  readonly #make: () => Promise<Container>
  readonly #all = new Set<Kept>()
  #current: Kept | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(parts: { guards(): readonly Guard[]; warmth: Warmth; idleMs: number; make(): Promise<Container> }) {
    this.#guards = parts.guards
    this.#warmth = parts.warmth
    this.#idleMs = parts.idleMs
    this.#make = parts.make
  }

  get containers(): number {
    return this.#all.size
  }

  get idle(): boolean {
    return this.#all.size > 0 && [...this.#all].every(({ users }) => users === 0)
  }

  /** @throws OxbowError `sandbox.start`, `sandbox.busy` */
  async hold(): Promise<Held> {
    clearTimeout(this.#timer)
    if (this.#current?.print !== print(this.#guards())) this.#retire()
    this.#warmth.used(this)
    const kept = this.#current ?? this.#begin()
    kept.users += 1
    const release = (): void => {
      kept.users -= 1
      if (kept.users === 0 && kept !== this.#current) void this.#drop(kept)
      if (this.idle) this.#wait()
    }
    try {
      return { container: await kept.container, release }
    } catch (error) {
      release()
      throw error
    }
  }

  /** Ends the container; the next call starts another. */
  async cool(): Promise<void> {
    clearTimeout(this.#timer)
    this.#current = undefined
    await Promise.all([...this.#all].map((kept) => this.#drop(kept)))
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.cool()
    this.#warmth.forget(this)
  }

  #begin(): Kept {
    const kept: Kept = { container: this.#start(), print: '', users: 0 }
    this.#all.add(kept)
    this.#current = kept
    kept.container.then(
      (container) => {
        // Taken from what it was made with: its start makes what was missing.
        kept.print = print(container.guards)
        void container.ended.then(() => this.#drop(kept))
      },
      () => this.#forget(kept),
    )
    return kept
  }

  async #start(): Promise<Container> {
    await this.#warmth.makeRoom(this)
    const container = await this.#make()
    if (!this.#closed) return container
    await container.remove()
    throw new OxbowError('CONFLICT', 'sandbox.closed', 'The box was closed.')
  }

  /** Takes no further calls into the container that is there. */
  #retire(): void {
    const kept = this.#current
    if (kept === undefined || kept.print === '') return
    this.#current = undefined
    if (kept.users === 0) void this.#drop(kept)
  }

  #forget(kept: Kept): void {
    this.#all.delete(kept)
    if (this.#current === kept) this.#current = undefined
  }

  async #drop(kept: Kept): Promise<void> {
    this.#forget(kept)
    await kept.container.then(
      (container) => container.remove(),
      () => {},
    )
  }

  #wait(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.cool(), this.#idleMs)
    this.#timer.unref()
  }
}

/** Changes when a path that must be read-only comes, goes, or becomes something else. */
const print = (guards: readonly Guard[]): string => JSON.stringify(guards)
