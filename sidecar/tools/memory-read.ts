import { z } from 'zod'
import { MEMORY_TYPES } from '../contract/index.ts'
import { shownEpisodes } from './memory-episodes.ts'
import type { OpenMemory } from './memory-open.ts'
import { labelled, SHARED, shown } from './memory-words.ts'
import { bounded } from './text.ts'
import type { Tool } from './tool.ts'

const searchInput = z.strictObject({
  query: z
    .string()
    .min(1)
    .max(2000)
    .describe('What to look for, in words. Times such as "last May" and "quoted phrases" are understood.'),
  types: z
    .array(z.enum(MEMORY_TYPES))
    .optional()
    .describe('Only these kinds; "episode" also looks through all that was said, read and given back by tools.'),
  asOf: z.string().max(100).optional().describe('What was held true then, for example "2026-03-15". Default: what holds now.'),
  limit: z.number().int().min(1).max(30).default(8),
})

export const memorySearch = (open: OpenMemory): Tool<z.infer<typeof searchInput>> => ({
  name: 'memory_search',
  description:
    'Searches what is remembered from earlier sessions, by words and by meaning. Use it before asking the person something they may have said.',
  tier: 'read',
  input: searchInput,
  timeoutMs: 30_000,
  title: ({ query }) => `search memory for ${query}`,
  async run({ query, types, asOf, limit }, { space, sessionId }) {
    const memory = await open()
    const results = await memory.recall.search({ space, agent: SHARED }, { query, types, asOf, limit })
    const episodes = types?.includes('episode') ? await memory.episodes({ query, limit, space }) : []
    if (results.length + episodes.length === 0) return { text: NOTHING, isError: false }
    memory.used(
      results.map(({ id }) => id),
      sessionId,
    )
    const memories = results.map((result) => result.memory)
    const text = [...(memories.length > 0 ? [shown(memories)] : []), ...(episodes.length > 0 ? [shownEpisodes(episodes)] : [])]
    return {
      text: bounded(text.join('\n\n'), 'some were left out; ask for fewer'),
      isError: false,
      files: await memory.knowledge.filesBehind(memories),
      ...labelled([...memories, ...episodes]),
    }
  },
})

const NOTHING =
  'Nothing of that is remembered. With types ["episode"] all that was said in earlier conversations is looked through.'

const listInput = z.strictObject({
  types: z.array(z.enum(MEMORY_TYPES)).optional().describe('Only these kinds.'),
  tags: z.array(z.string()).optional().describe('Only those with one of these tags.'),
  pinned: z.boolean().optional(),
  limit: z.number().int().min(1).max(50).default(20),
})

export const memoryList = (open: OpenMemory): Tool<z.infer<typeof listInput>> => ({
  name: 'memory_list',
  description: 'Lists what is remembered, newest first. To find something use memory_search.',
  tier: 'read',
  input: listInput,
  timeoutMs: 10_000,
  title: ({ types }) => `list memories${types ? `: ${types.join(', ')}` : ''}`,
  async run(filter, { space }) {
    const { memories } = (await open()).list({ ...filter, space, agent: SHARED })
    return { text: memories.length === 0 ? 'Nothing is remembered.' : shown(memories), isError: false, ...labelled(memories) }
  },
})
