import type { Isolation } from '../../contract/index.ts'
import { broken, type DoctorContext, type Finding, ok, skipped } from './context.ts'

const WORDS: Readonly<Record<Isolation, string>> = {
  host: 'possible; only by your choice for one session',
  process: 'a test command ran in it',
  container: 'the engine answers, and its image is there',
  microvm: 'a machine can be started',
}

/** Whether commands can run in this tier. Only the one that the settings ask for must be there. */
export function checkTier(tier: Isolation) {
  return async ({ tiers, isolation = 'process' }: DoctorContext): Promise<Finding> => {
    if (!tiers) return skipped('not looked at', 'It is looked at once the settings are right.')
    const readiness = await tiers.readiness(tier)
    if (readiness.ready) return ok(readiness.warning === undefined ? WORDS[tier] : `${WORDS[tier]}, but ${readiness.warning}`)
    if (tier === isolation || tier === 'process') return broken(readiness.reason, readiness.mend)
    return skipped(`${readiness.reason}; optional`, readiness.mend)
  }
}
