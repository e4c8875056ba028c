import { z } from 'zod'
import type { OpenMemory } from './memory-open.ts'
import { bounded } from './text.ts'
import type { Tool } from './tool.ts'

const TIMEOUT_MS = 10_000
const name = z.string().trim().min(1).max(80).describe('What the note is called.')

const writeInput = z.strictObject({ name, text: z.string().min(1).max(20_000) })

/** The session's own notes have no effect outside of it, so nobody is asked. */
export const scratchpadWrite = (open: OpenMemory): Tool<z.infer<typeof writeInput>> => ({
  name: 'scratchpad_write',
  description: 'Writes a note for this session only (a plan, interim results); one of the same name is replaced. It holds 32.',
  tier: 'read',
  input: writeInput,
  timeoutMs: TIMEOUT_MS,
  title: (input) => `note: ${input.name}`,
  async run(note, { sessionId }) {
    ;(await open()).scratchpad.write(sessionId, note)
    return { text: `Noted "${note.name}".`, isError: false }
  },
})

const readInput = z.strictObject({})

export const scratchpadRead = (open: OpenMemory): Tool<z.infer<typeof readInput>> => ({
  name: 'scratchpad_read',
  description: "Reads all of this session's notes.",
  tier: 'read',
  input: readInput,
  timeoutMs: TIMEOUT_MS,
  title: () => 'read the notes',
  async run(_, { sessionId }) {
    const notes = (await open()).scratchpad.read(sessionId)
    if (notes.length === 0) return { text: 'There are no notes.', isError: false }
    return { text: bounded(notes.map((note) => `## ${note.name}\n${note.text}`).join('\n\n'), 'notes are cut'), isError: false }
  },
})

const clearInput = z.strictObject({ name: name.optional().describe('Only this note. Default: all of them.') })

export const scratchpadClear = (open: OpenMemory): Tool<z.infer<typeof clearInput>> => ({
  name: 'scratchpad_clear',
  description: "Removes this session's notes.",
  tier: 'read',
  input: clearInput,
  timeoutMs: TIMEOUT_MS,
  title: (input) => (input.name === undefined ? 'clear the notes' : `clear the note ${input.name}`),
  async run(input, { sessionId }) {
    const removed = (await open()).scratchpad.clear(sessionId, input.name)
    return { text: `${removed} removed.`, isError: false }
  },
})
