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
  choose(session: SessionId, workspace: string): Promise<BoxWish>
  /** Whether a session holds words from outside, which must never meet the tier without isolation. */
  untrusted(session: SessionId): boolean
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

  /** Whether commands of a session can run; if not, why, and what mends it. Never a looser tier. */
  async readiness(session: SessionId, workspace: string): Promise<Readiness & { tier?: Isolation }> {
    try {
      const { tier } = await this.#options.choose(session, workspace)
      const refusal = this.#refusal(session, tier)
      return refusal ? { ready: false, ...refusal, tier } : { ...(await this.#options.tiers.readiness(tier)), tier }
    } catch (error) {
      if (!(error instanceof OxbowError)) throw error
      return { ready: false, reason: error.message, mend: error.hint ?? 'Mend it, then try again.' }
    }
  }

  /** @throws OxbowError `sandbox.workspace`, `sandbox.replaced`, `sandbox.unavailable`, `sandbox.untrusted` */
  async get(session: SessionId, workspace: string): Promise<Box> {
    const { tier, profile } = await this.#options.choose(session, workspace)
    const refusal = this.#refusal(session, tier)
    if (refusal) {
      await this.#close(session)
      throw new OxbowError('FORBIDDEN', 'sandbox.untrusted', refusal.reason, refusal.mend)
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

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((id) => this.#close(id)))
  }

  /** A session's workspace has a name without links: where it leads elsewhere by now, somebody exchanged it. */
  async #openAt(tier: Isolation, workspace: string, options: BoxOptions): Promise<Box> {
    const box = await this.#options.tiers.open(tier, workspace, options)
    if (box.workspace === workspace) return box
    await box.close()
    const message = `"${workspace}" leads to "${box.workspace}" by now, which is not what the session was begun in.`
    throw new OxbowError('CONFLICT', 'sandbox.replaced', message, 'Begin a session in the folder that is meant.')
  }

  #refusal(session: SessionId, tier: Isolation): { reason: string; mend: string } | undefined {
    if (tier !== 'host' || !this.#options.untrusted(session)) return undefined
    return {
      reason: 'The session holds words from outside, and nothing from outside may act without isolation.',
      mend: 'Choose another isolation for this session.',
    }
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
