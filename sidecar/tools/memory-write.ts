import { z } from 'zod'
import { BY_AGENT, MEMORY_TYPES, type MemoryId } from '../contract/index.ts'
import { OxbowError } from '../foundation/index.ts'
import type { OpenMemory } from './memory-open.ts'
import { SHARED } from './memory-words.ts'
import type { Tool } from './tool.ts'

const TIMEOUT_MS = 30_000
const Id = z
  .string()
  .regex(/^mem_[0-9a-f-]{36}$/, 'expected an id as memory_search shows it: mem_…')
  .transform((id) => id as MemoryId)
const text = z
  .string()
  .trim()
  .min(1)
  .max(20_000)
  .describe('One thing, in a sentence that is understood without this conversation.')
const tags = z.array(z.string().trim().min(1).max(60)).max(32)
const importance = z.number().min(0).max(1).describe('From 0 to 1; 0.5 is usual.')

const saveInput = z.strictObject({
  text,
  type: z.enum(MEMORY_TYPES).default('fact'),
  tags: tags.default([]),
  importance: importance.default(0.5),
})

export const memorySave = (open: OpenMemory): Tool<z.infer<typeof saveInput>> => ({
  name: 'memory_save',
  description:
    'Remembers something beyond this session. Save what will matter later; never passwords or keys. To correct a memory use memory_update.',
  tier: 'write',
  input: saveInput,
  timeoutMs: TIMEOUT_MS,
  title: (input) => `remember: ${input.text}`,
  async run(input, { sessionId, space, labels }) {
    const memory = await open()
    // What a stranger may have put into the agent's mouth waits for the person.
    if (labels.includes('untrusted')) {
      const taint = [BY_AGENT, ...labels]
      const { asked } = await memory.learning.learn({
        space,
        agent: SHARED,
        session: sessionId,
        candidates: [{ ...input, taint }],
      })
      return { text: asked > 0 ? WAITS : 'That is known already, or waits for the person.', isError: false }
    }
    const saved = memory.save({
      ...input,
      protection: 'none',
      pinned: false,
      space,
      source: { session: sessionId },
      taint: [BY_AGENT, ...labels],
    })
    return { text: `Saved as ${saved.id}.`, isError: false }
  },
})

const WAITS =
  'Not saved yet: this conversation holds words from outside, so the person is asked first. It is among the questions of memory.'

const updateInput = z.strictObject({
  id: Id,
  text: text.optional(),
  type: z.enum(MEMORY_TYPES).optional(),
  tags: tags.optional(),
  importance: importance.optional(),
})

export const memoryUpdate = (open: OpenMemory): Tool<z.infer<typeof updateInput>> => ({
  name: 'memory_update',
  description: 'Corrects a memory. The old text stays as a past version.',
  tier: 'write',
  input: updateInput,
  timeoutMs: TIMEOUT_MS,
  // A new text that strangers may have worded only becomes a question: it is asked there.
  changes: ({ text }) => (text === undefined ? 'kept' : undefined),
  title: (input) => (input.text === undefined ? `change memory ${input.id}` : `correct memory ${input.id}: ${input.text}`),
  async run(input, { sessionId, space, labels }) {
    const memory = await open()
    within(space, memory.get(input.id))
    if (labels.includes('untrusted') && input.text !== undefined) {
      memory.learning.ask({ id: input.id, text: input.text, taint: [BY_AGENT, ...labels], session: sessionId })
      return { text: WAITS, isError: false }
    }
    memory.update({ ...input, taint: [BY_AGENT, ...labels] })
    return { text: `Changed ${input.id}.`, isError: false }
  },
})

const deleteInput = z.strictObject({ ids: z.array(Id).min(1).max(50) })

export const memoryDelete = (open: OpenMemory): Tool<z.infer<typeof deleteInput>> => ({
  name: 'memory_delete',
  description: 'Forgets memories for good, with their past versions. Only when the person asks for it, or they are wrong.',
  tier: 'write',
  input: deleteInput,
  timeoutMs: TIMEOUT_MS,
  changes: () => 'kept',
  title: ({ ids }) => `forget ${ids.length === 1 ? ids[0] : `${ids.length} memories`}`,
  async run({ ids }, { space }) {
    const memory = await open()
    for (const id of ids) {
      const { protection } = within(space, memory.get(id))
      if (protection === 'high' || protection === 'permanent')
        throw new OxbowError(
          'FORBIDDEN',
          'memory.protected',
          `${id} is protected (${protection})`,
          'Only the person can forget it.',
        )
    }
    return { text: `${await memory.forget({ ids, dryRun: false })} forgotten.`, isError: false }
  },
})

/** What is not in an agent's reach does not exist for it. @throws OxbowError `memory.notFound` */
function within<T extends { id: string; space: string; agent?: string | undefined }>(space: string, memory: T): T {
  if (memory.space === space && memory.agent === undefined) return memory
  throw new OxbowError('NOT_FOUND', 'memory.notFound', `there is no memory ${memory.id}`, 'List or search for the ids.')
}
