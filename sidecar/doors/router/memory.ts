import type { Services } from '../services.ts'
import type { Implementer } from './implement.ts'

export function memoryRouter(os: Implementer['memory'], { memory }: Services) {
  return {
    search: os.search.handler(async ({ input }) => {
      const began = performance.now()
      const results = await (await memory()).search(input)
      return { query: input.query, results, ms: Math.round((performance.now() - began) * 100) / 100 }
    }),
    list: os.list.handler(async ({ input }) => (await memory()).list(input)),
    get: os.get.handler(async ({ input }) => (await memory()).get(input.id)),
    history: os.history.handler(async ({ input }) => ({ versions: (await memory()).history(input.id) })),
    save: os.save.handler(async ({ input }) => (await memory()).save(input)),
    update: os.update.handler(async ({ input }) => (await memory()).update(input)),
    forget: os.forget.handler(async ({ input }) => ({ forgotten: await (await memory()).forget(input) })),
    import: os.import.handler(async ({ input }) => (await memory()).import(input)),
    export: os.export.handler(async ({ input }) => (await memory()).export(input)),
    stats: os.stats.handler(async () => (await memory()).stats()),
    reindex: os.reindex.handler(async () => ({ memories: (await memory()).reindex() })),
  }
}
