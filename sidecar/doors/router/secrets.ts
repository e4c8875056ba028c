import type { Services } from '../services.ts'
import type { Implementer } from './implement.ts'

export function secretsRouter(os: Implementer['secrets'], { secrets }: Services) {
  return {
    list: os.list.handler(() => {
      const { place, warning } = secrets.keeps
      return { secrets: secrets.list(), keeps: place, ...(warning !== undefined && { warning }) }
    }),
    set: os.set.handler(({ input }) => secrets.set(input)),
    remove: os.remove.handler(async ({ input }) => {
      await secrets.remove(input.name)
      return {}
    }),
  }
}
