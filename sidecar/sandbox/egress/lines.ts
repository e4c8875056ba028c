import type { Socket } from 'node:net'
import { judgeTarget, type Target } from '../../policy/egress/index.ts'
import type { Guest } from './guests.ts'

interface Line {
  socket: Socket
  target: Target
}

/** The open connections of the boxes: each ends with its box's pass, and when its host is allowed no more. */
export class Lines {
  readonly #open = new Map<Guest, Set<Line>>()
  readonly #everyMs: number
  #timer: NodeJS.Timeout | undefined

  /** @param everyMs how often it is asked whether their hosts are still allowed */
  constructor(everyMs: number) {
    this.#everyMs = everyMs
  }

  /** @returns takes it out again */
  add(guest: Guest, socket: Socket, target: Target): () => void {
    const line = { socket, target }
    const lines = this.#open.get(guest) ?? new Set()
    this.#open.set(guest, lines.add(line))
    this.#timer ??= setInterval(() => void this.#judge(), this.#everyMs).unref()
    return () => {
      lines.delete(line)
      if (lines.size === 0) this.#open.delete(guest)
      if (this.#open.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  /** Ends all of one box. */
  end(guest: Guest): void {
    for (const { socket } of this.#open.get(guest) ?? []) socket.destroy()
  }

  has(guest: Guest, socket: Socket): boolean {
    return [...(this.#open.get(guest) ?? [])].some((line) => line.socket === socket)
  }

  async #judge(): Promise<void> {
    for (const [guest, lines] of [...this.#open]) {
      const list = await guest.list().catch(() => undefined)
      for (const { socket, target } of lines) if (!list || !mayGo(target, list)) socket.destroy()
    }
  }
}

function mayGo(target: Target, list: Parameters<typeof judgeTarget>[1]): boolean {
  try {
    judgeTarget(target, list)
    return true
  } catch {
    return false
  }
}
