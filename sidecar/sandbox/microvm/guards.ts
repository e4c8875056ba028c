import type { Guard } from '../guards.ts'

/** Keeps which guards hold: one whose file was replaced from outside holds no more. */
export class GuardBook {
  readonly #known = new Map<string, string>()

  /** @returns those that do not hold yet, which from now on count as held */
  take(guards: readonly Guard[]): Guard[] {
    const fresh = guards.filter(({ path, identity }) => this.#known.get(path) !== identity)
    for (const { path, identity } of fresh) this.#known.set(path, identity)
    return fresh
  }
}
