import type { Services } from '../services.ts'
import type { Implementer } from './implement.ts'

export function providersRouter(os: Implementer['providers'], { providers }: Services) {
  const { accounts } = providers
  return {
    list: os.list.handler(() => ({
      providers: accounts.list(),
      known: accounts.known(),
      keeps: accounts.keeps.place,
      ...(accounts.keeps.warning !== undefined && { warning: accounts.keeps.warning }),
    })),
    add: os.add.handler(({ input }) => accounts.add(input)),
    remove: os.remove.handler(async ({ input }) => {
      await providers.remove(input.id)
      return {}
    }),
    test: os.test.handler(({ input }) => providers.test(input.id, input.model)),
  }
}
