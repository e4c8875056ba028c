import type { SessionId } from '../contract/index.ts'
import type { Box, Sandbox } from '../sandbox/index.ts'

/** Boxes kept open for sessions that may go on. */
const MOST_OPEN = 16

interface Entry {
  workspace: string
  box: Promise<Box>
}

/** One box per session, opened when first needed, closed when the session is long unused or its workspace changes. */
export class Boxes {
  readonly #sandbox: Sandbox
  readonly #open = new Map<SessionId, Entry>()

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox
  }

  /** @throws OxbowError `sandbox.workspace` */
  async get(session: SessionId, workspace: string): Promise<Box> {
    const known = this.#open.get(session)
    if (known?.workspace === workspace) {
      this.#open.delete(session)
      this.#open.set(session, known)
      return known.box
    }
    if (known) this.close(session)
    const entry = { workspace, box: this.#sandbox.open(workspace) }
    entry.box.catch(() => this.#open.delete(session))
    this.#open.set(session, entry)
    return entry.box
  }

  /** Closes the boxes of sessions that rest, least recently used first, down to the bound. */
  async sweep(busy: (session: SessionId) => boolean): Promise<void> {
    const surplus = [...this.#open.keys()].filter((id) => !busy(id)).slice(0, Math.max(0, this.#open.size - MOST_OPEN))
    await Promise.all(surplus.map((id) => this.close(id)))
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((id) => this.close(id)))
  }

  private async close(session: SessionId): Promise<void> {
    const entry = this.#open.get(session)
    this.#open.delete(session)
    await entry?.box.then(
      (box) => box.close(),
      () => {},
    )
  }
}
