import type { Isolation, SandboxProfile, SessionId } from '../contract/index.ts'
import { OxbowError } from '../foundation/index.ts'
import type { Box, BoxOptions, Readiness, Tiers } from '../sandbox/index.ts'

/** Boxes kept open for sessions that may go on. */
const MOST_OPEN = 16

/** The isolation that holds for a session now. */
export interface BoxWish {
  tier: Isolation
  profile: SandboxProfile
}

export interface BoxesOptions {
  tiers: Tiers
  /** @throws OxbowError when the workspace's own config is wrong: no box opens */
  choose(session: SessionId | undefined, workspace: string): Promise<BoxWish>
  /** Refuses the tier without isolation to a session that must not have it. @throws OxbowError */
  checkHost(session: SessionId | undefined): void
}

interface Entry extends BoxWish {
  workspace: string
  box: Promise<Box>
}

/** One box per session, opened when first needed, closed when the session is long unused or its workspace or isolation changes. */
export class Boxes {
  readonly #options: BoxesOptions
  readonly #open = new Map<SessionId, Entry>()

  constructor(options: BoxesOptions) {
    this.#options = options
  }

  /** Whether commands of a session (or of none yet) can run; if not, why, and what mends it. Never a looser tier. */
  async readiness(session: SessionId | undefined, workspace: string): Promise<Readiness & { tier?: Isolation }> {
    try {
      const { tier } = await this.#options.choose(session, workspace)
      if (tier === 'host') this.#options.checkHost(session)
      return { ...(await this.#options.tiers.readiness(tier)), tier }
    } catch (error) {
      if (!(error instanceof OxbowError)) throw error
      return { ready: false, reason: error.message, mend: error.hint ?? 'Mend it, then try again.' }
    }
  }

  /** @throws OxbowError `sandbox.workspace`, `sandbox.replaced`, `sandbox.unavailable`, and what `checkHost` refuses */
  async get(session: SessionId, workspace: string): Promise<Box> {
    const { tier, profile } = await this.#options.choose(session, workspace)
    try {
      if (tier === 'host') this.#options.checkHost(session)
    } catch (error) {
      await this.#close(session)
      throw error
    }
    const known = this.#open.get(session)
    if (known?.workspace === workspace && known.tier === tier && known.profile === profile) {
      this.#open.delete(session)
      this.#open.set(session, known)
      return known.box
    }
    this.#open.delete(session)
    // No new box before the old one and all that runs in it has ended.
    const opening = closed(known).then(() => this.#openAt(tier, workspace, { session, profile }))
    const entry = { workspace, tier, profile, box: opening }
    opening.catch(() => {
      if (this.#open.get(session) === entry) this.#open.delete(session)
    })
    this.#open.set(session, entry)
    return opening
  }

  /** Closes the box of a session, and ends what runs in it, where another isolation or workspace holds now. */
  async settle(session: SessionId, workspace: string): Promise<void> {
    const known = this.#open.get(session)
    if (!known) return
    const wish = await this.#options.choose(session, workspace).catch(() => undefined)
    const holds = known.workspace === workspace && known.tier === wish?.tier && known.profile === wish.profile
    if (!holds && this.#open.get(session) === known) await this.#close(session)
  }

  /** Closes the boxes of sessions that rest, least recently used first, down to the bound. */
  async sweep(busy: (session: SessionId) => boolean): Promise<void> {
    const surplus = [...this.#open.keys()].filter((id) => !busy(id)).slice(0, Math.max(0, this.#open.size - MOST_OPEN))
    await Promise.all(surplus.map((id) => this.#close(id)))
  }

  /** Closes each, also where others cannot be. @throws the first error, when all have been tried */
  async closeAll(): Promise<void> {
    const tried = await Promise.allSettled([...this.#open.keys()].map((id) => this.#close(id)))
    for (const one of tried) if (one.status === 'rejected') throw one.reason
  }

  /** A session's workspace has a name without links: where it leads elsewhere by now, somebody exchanged it. */
  async #openAt(tier: Isolation, workspace: string, options: BoxOptions): Promise<Box> {
    const box = await this.#options.tiers.open(tier, workspace, options)
    if (box.workspace === workspace) return box
    await box.close()
    const message = `"${workspace}" leads to "${box.workspace}" by now, which is not what the session was begun in.`
    throw new OxbowError('CONFLICT', 'sandbox.replaced', message, 'Begin a session in the folder that is meant.')
  }

  async #close(session: SessionId): Promise<void> {
    const entry = this.#open.get(session)
    this.#open.delete(session)
    await closed(entry)
  }
}

async function closed(entry: Entry | undefined): Promise<void> {
  await entry?.box.then(
    (box) => box.close(),
    () => {},
  )
}
