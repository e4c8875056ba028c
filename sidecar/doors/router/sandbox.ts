import type { Services } from '../services.ts'
import type { Implementer } from './implement.ts'

export function sandboxRouter(os: Implementer['sandbox'], { isolation }: Services) {
  const never = new AbortController().signal
  return {
    build: os.build.handler(({ input: { tier }, signal }) => isolation.build(tier, signal ?? never)),
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
