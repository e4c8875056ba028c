import { z } from 'zod'
import type { OpenMemory } from './memory-open.ts'
import { labelled } from './memory-words.ts'
import { bounded } from './text.ts'
import type { Tool } from './tool.ts'

const TIMEOUT_MS = 60_000
const path = z
  .string()
  .min(1)
  .max(500)
  .regex(/\.md$/i, 'expected the name of a note, such as projects/garden.md')
  .describe('The note, relative to the folder: projects/garden.md.')

const searchInput = z.strictObject({
  query: z.string().min(1).max(2000).describe('What to look for, in words.'),
  limit: z.number().int().min(1).max(20).default(6),
})

export const knowledgeSearch = (open: OpenMemory): Tool<z.infer<typeof searchInput>> => ({
  name: 'knowledge_search',
  description: "Searches the person's notes (markdown files, and documents that were added to them), by words and by meaning.",
  tier: 'read',
  input: searchInput,
  timeoutMs: TIMEOUT_MS,
  title: ({ query }) => `search notes for ${query}`,
  async run({ query, limit }) {
    const { knowledge } = await open()
    const pieces = await knowledge.search(query, limit)
    if (pieces.length === 0) return { text: 'No note says anything of that.', isError: false }
    const blocks = pieces.map(({ path, title, headings, text, taint }) => {
      const outside = taint.includes('untrusted') ? ' · not written by the person' : ''
      return `[${path}] ${[title, ...headings].join(' › ')}${outside}\n${text}`
    })
    return {
      text: bounded(blocks.join('\n\n'), 'some pieces left out; ask for fewer'),
      isError: false,
      files: await knowledge.filesOf(pieces.map(({ path }) => path)),
      ...labelled(pieces),
    }
  },
})

const readInput = z.strictObject({ path })

export const knowledgeRead = (open: OpenMemory): Tool<z.infer<typeof readInput>> => ({
  name: 'knowledge_read',
  description: "Reads one of the person's notes, with what it links to and what links to it.",
  tier: 'read',
  input: readInput,
  timeoutMs: TIMEOUT_MS,
  title: (input) => `read note ${input.path}`,
  async run(input) {
    const { knowledge } = await open()
    const note = await knowledge.read(input.path)
    const links = note.links.flatMap(({ target, path: leads }) => (leads === undefined ? [] : [`${target} → ${leads}`]))
    const lines = [
      ...(links.length > 0 ? [`Links: ${[...new Set(links)].join(', ')}`] : []),
      ...(note.backlinks.length > 0 ? [`Linked from: ${note.backlinks.map((from) => from.path).join(', ')}`] : []),
    ]
    const text = [note.text.trimEnd(), ...(lines.length > 0 ? [`---\n${lines.join('\n')}`] : [])].join('\n\n')
    return {
      text: bounded(text, 'the middle of the note is left out; search it'),
      isError: false,
      files: await knowledge.filesOf([note.path]),
      ...labelled([note]),
    }
  },
})

const writeInput = z.strictObject({
  path,
  text: z.string().max(200_000).describe('The whole note. Without a front matter of its own it keeps the one that is there.'),
})

export const knowledgeWrite = (open: OpenMemory): Tool<z.infer<typeof writeInput>> => ({
  name: 'knowledge_write',
  description: "Writes one of the person's notes as a whole, or a new one. Read it before. [[Other note]] links to another.",
  tier: 'write',
  input: writeInput,
  timeoutMs: TIMEOUT_MS,
  changes: () => 'kept',
  title: (input) => `write note ${input.path}`,
  async run(input, { labels }) {
    const { path: written } = await (await open()).knowledge.write(input.path, input.text, labels)
    return { text: `Written: ${written}.`, isError: false }
  },
})

const listInput = z.strictObject({
  tag: z.string().max(60).optional().describe('Only notes with this tag.'),
  limit: z.number().int().min(1).max(200).default(100),
})

export const knowledgeList = (open: OpenMemory): Tool<z.infer<typeof listInput>> => ({
  name: 'knowledge_list',
  description: "Lists the person's notes by name. To find something use knowledge_search.",
  tier: 'read',
  input: listInput,
  timeoutMs: TIMEOUT_MS,
  title: ({ tag }) => `list notes${tag === undefined ? '' : `: ${tag}`}`,
  async run(filter) {
    const { knowledge } = await open()
    const { notes, next } = await knowledge.list(filter)
    if (notes.length === 0) return { text: 'There are no notes.', isError: false }
    const lines = notes.map(({ path, title, tags }) => `${path}: ${title}${tags.length > 0 ? ` (${tags.join(', ')})` : ''}`)
    const more = next === undefined ? [] : ['There are more: search for them.']
    return {
      text: bounded([...lines, ...more].join('\n'), 'some left out'),
      isError: false,
      // Titles and tags are of what is in a note.
      files: await knowledge.filesOf(notes.map(({ path }) => path)),
      ...labelled(notes),
    }
  },
})
