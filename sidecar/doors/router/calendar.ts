import type { Services } from '../services.ts'
import type { Implementer } from './implement.ts'

export function calendarRouter(os: Implementer['calendar'], { memory }: Services) {
  const calendar = async () => (await memory()).calendar()
  return {
    list: os.list.handler(async ({ input }) => (await calendar()).list(input)),
    add: os.add.handler(async ({ input }) => (await calendar()).add(input)),
    update: os.update.handler(async ({ input }) => (await calendar()).update(input)),
    remove: os.remove.handler(async ({ input }) => {
      await (await calendar()).remove(input)
      return { removed: true as const }
    }),
  }
}
