import type { Log } from '../../foundation/index.ts'
import { toContractError } from '../errors.ts'
import type { Services } from '../services.ts'
import type { Implementer } from './implement.ts'

/** What fails while it is followed is past the procedure's own answer: it is turned into an error of the contract here. */
async function* inContract<T>(items: AsyncIterable<T>, journal: Log): AsyncGenerator<T> {
  try {
    yield* items
  } catch (error) {
    throw toContractError(error, journal)
  }
}

export function sandboxRouter(os: Implementer['sandbox'], { isolation, journal }: Services) {
  const never = new AbortController().signal
  return {
    build: os.build.handler(({ input: { tier }, signal }) => inContract(isolation.build(tier, signal ?? never), journal)),
    tiers: os.tiers.handler(async ({ input: { sessionId } }) => {
      const { tier, by } = await isolation.chosen(sessionId)
      return { tiers: await isolation.tiers(), choice: { tier, by } }
    }),
    choice: os.choice.handler(async ({ input: { sessionId } }) => {
      const { tier, by } = await isolation.chosen(sessionId)
      return { tier, by }
    }),
    profiles: os.profiles.handler(async ({ input: { sessionId } }) => ({
      profiles: isolation.profiles(),
      chosen: (await isolation.chosen(sessionId)).profile,
    })),
  }
}

export function vaultRouter(os: Implementer['vault'], { vault }: Services) {
  return {
    list: os.list.handler(({ input }) => vault.list(input.path)),
    copy: os.copy.handler(({ input: { sessionId, ...copy } }) => vault.copy(sessionId, copy)),
  }
}
