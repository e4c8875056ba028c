import type { Services } from '../services.ts'
import type { Implementer } from './implement.ts'

export function memoryRouter(os: Implementer['memory'], { memory, learner, dreamer, keepEmbedder }: Services) {
  return {
    search: os.search.handler(async ({ input }) => {
      const began = performance.now()
      const room = await memory()
      const { results: found, wordsOnly } = await room.find(input)
      const known = room.standing(found.map((result) => result.memory))
      const results = found.map((result, at) => ({ ...result, memory: known[at]! }))
      const ms = Math.round((performance.now() - began) * 100) / 100
      return { query: input.query, results, ms, ...(wordsOnly !== undefined && { wordsOnly }) }
    }),
    episodes: os.episodes.handler(async ({ input }) => {
      const began = performance.now()
      const episodes = await (await memory()).episodes(input)
      return { query: input.query, episodes, ms: Math.round((performance.now() - began) * 100) / 100 }
    }),
    list: os.list.handler(async ({ input }) => {
      const room = await memory()
      const { tier } = input
      if (tier !== undefined) return room.listTier({ ...input, tier })
      const page = room.list(input)
      return { ...page, memories: room.standing(page.memories) }
    }),
    get: os.get.handler(async ({ input }) => {
      const room = await memory()
      return room.standing([room.get(input.id)])[0]!
    }),
    pick: os.pick.handler(async ({ input }) => {
      const room = await memory()
      return { memories: room.standing(room.some(input.ids)) }
    }),
    strength: os.strength.handler(async ({ input }) => ({ points: (await memory()).chart(input.id) })),
    topics: os.topics.handler(async ({ input }) => ({
      topics: (await memory()).recall.topics({ space: input.space, agent: '*' }),
    })),
    learn: os.learn.handler(() => learner.now()),
    questions: os.questions.handler(async ({ input }) => ({ questions: (await memory()).learning.questions(input) })),
    answer: os.answer.handler(async ({ input }) => {
      const answered = (await memory()).learning.answer(input.id, input.answer)
      return answered ? { memory: answered } : {}
    }),
    history: os.history.handler(async ({ input }) => ({ versions: (await memory()).history(input.id) })),
    save: os.save.handler(async ({ input }) => (await memory()).save(input)),
    update: os.update.handler(async ({ input }) => (await memory()).update(input)),
    forget: os.forget.handler(async ({ input }) => ({ forgotten: await (await memory()).forget(input) })),
    import: os.import.handler(async ({ input }) => (await memory()).import(input)),
    export: os.export.handler(async ({ input }) => (await memory()).export(input)),
    dream: os.dream.handler(({ input }) => dreamer.dream(input.minutes)),
    dreams: os.dreams.handler(async ({ input }) => ({ dreams: (await memory()).dreams.list(input.limit) })),
    dreamReport: os.dreamReport.handler(async ({ input }) => (await memory()).dreams.report(input.id, input.after, input.limit)),
    undo: os.undo.handler(async ({ input }) => (await memory()).dreams.undo(input)),
    merge: os.merge.handler(async ({ input: { ids, text, dryRun } }) => {
      const room = await memory()
      const proposed = room.dreams.propose([...new Set(ids)])
      if (dryRun) return proposed
      const { id, memory: into } = room.dreams.merge([...new Set(ids)], text)
      const merged = room.standing([room.get(into)])[0]!
      return { memory: merged, text: merged.text, dream: id }
    }),
    digests: os.digests.handler(async ({ input }) => {
      const room = await memory()
      return { memories: room.standing(room.dreams.digests(input)) }
    }),
    stats: os.stats.handler(async () => (await memory()).stats()),
    embedder: os.embedder.handler(async () => (await memory()).embedder()),
    setEmbedder: os.setEmbedder.handler(async ({ input }) => {
      const state = await (await memory()).chooseEmbedder(input)
      // Kept once it is known to work.
      await keepEmbedder(input)
      return state
    }),
    downloadEmbedder: os.downloadEmbedder.handler(async ({ input }) => (await memory()).downloadEmbedder(input.name)),
    reindex: os.reindex.handler(async () => ({ memories: (await memory()).reindex() })),
  }
}
