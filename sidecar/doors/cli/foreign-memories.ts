import { basename } from 'node:path'
import { z } from 'zod'
import { UsageError } from './problem.ts'

/** A line that an import reads. */
export interface ForeignLine {
  id?: string
  text: string
  at?: string
  agent?: string
  session?: string
  file?: string
  type?: 'fact' | 'knowledge'
  tags?: string[]
}

/** The longest piece of a note that becomes one memory. */
const MOST_CHARACTERS = 1500
const MOST_TAGS = 32

const text = z.string().nullish()
const Mem0 = z.object({
  id: z.string(),
  memory: z.string(),
  created_at: text,
  updated_at: text,
  agent_id: text,
  run_id: text,
  categories: z.array(z.string()).nullish(),
})
const Mem0Export = z.union([
  z.array(Mem0),
  z.object({ results: z.array(Mem0) }).transform(({ results }) => results),
  z.object({ memories: z.array(Mem0) }).transform(({ memories }) => memories),
])

/** What mem0 exports: a list of memories, or one under "results" or "memories". @throws UsageError */
export function fromMem0(content: string, file: string): ForeignLine[] {
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch (error) {
    throw new UsageError(`${file} is no JSON: ${error instanceof Error ? error.message : error}`)
  }
  const parsed = Mem0Export.safeParse(value)
  if (!parsed.success)
    throw new UsageError(`${file} is no export of mem0`, 'It is a list of {"id": "…", "memory": "…"}, or one under "results".')
  return parsed.data
    .filter(({ memory }) => memory.trim() !== '')
    .map(({ id, memory, created_at, updated_at, agent_id, run_id, categories }) => {
      const at = updated_at ?? created_at
      return {
        id: `mem0/${id}`,
        text: memory,
        type: 'fact' as const,
        ...(at && { at }),
        ...(agent_id && { agent: agent_id }),
        ...(run_id && { session: run_id }),
        ...(categories?.length && { tags: categories.slice(0, MOST_TAGS) }),
      }
    })
}

/** A note in markdown: each section, and each item of a list, is a memory under the headings it stands below. */
export function fromMarkdown(content: string, file: string): ForeignLine[] {
  const { tags, at, body } = frontMatter(content.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n'))
  const name = basename(file).replace(/\.(md|markdown)$/i, '')
  const counts = new Map<string, number>()
  return pieces(body).map(({ headings, text: piece }) => {
    const place = headings.join(' › ')
    const count = (counts.get(place) ?? 0) + 1
    counts.set(place, count)
    return {
      // The same note again replaces what was read of it before.
      id: `${file}#${place}#${count}`.slice(0, 400),
      text: place === '' ? piece : `${place}: ${piece}`,
      type: 'knowledge' as const,
      file,
      session: `note ${name}`.slice(0, 400),
      ...(tags.length > 0 && { tags }),
      ...(at !== undefined && { at }),
    }
  })
}

function frontMatter(content: string): { tags: string[]; at?: string; body: string } {
  const found = /^---\n([\s\S]*?)\n---\n?/.exec(content)
  if (!found) return { tags: [], body: content }
  const block = found[1]!
  const listed = /^tags:[ \t]*(?:\[(.*)\]|(\S.*))?((?:\n[ \t]*-[ \t].*)*)/m.exec(block)
  const tags = [listed?.[1] ?? listed?.[2] ?? '', ...(listed?.[3] ?? '').split(/\n[ \t]*-[ \t]/)]
    .flatMap((part) => part.split(','))
    .map((tag) => tag.trim().replace(/^['"#]+|['"]+$/g, ''))
    .filter((tag) => tag !== '' && tag.length <= 60)
    .slice(0, MOST_TAGS)
  const at = /^(?:date|created|updated):[ \t]*['"]?([^'"\n]+)/m.exec(block)?.[1]?.trim()
  return { tags, ...(at && { at }), body: content.slice(found[0].length) }
}

interface Piece {
  headings: string[]
  text: string
}

function pieces(body: string): Piece[] {
  const found: Piece[] = []
  let headings: { level: number; title: string }[] = []
  let lines: string[] = []
  let fenced = false
  const end = (): void => {
    const titles = headings.map(({ title }) => title)
    for (const part of parts(lines.join('\n').trim())) found.push({ headings: titles, text: part })
    lines = []
  }
  for (const line of body.split('\n')) {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced
    const heading = fenced ? null : /^(#{1,6})\s+(.*?)\s*#*$/.exec(line)
    if (heading) {
      end()
      const level = heading[1]!.length
      headings = [...headings.filter((above) => above.level < level), { level, title: heading[2]! }]
    } else lines.push(line)
  }
  end()
  return found
}

/** The items of a plain list one by one; other text by its paragraphs, joined up to a length. */
function parts(section: string): string[] {
  if (section === '') return []
  const lines = section.split('\n').filter((line) => line.trim() !== '')
  if (lines.every((line) => /^([-*+]|\d+[.)])\s+|^\s{2,}\S/.test(line)) && /^\S/.test(lines[0]!)) {
    const items: string[] = []
    for (const line of lines) {
      if (/^\s/.test(line)) items.push(`${items.pop()}\n${line}`)
      else items.push(line.replace(/^([-*+]|\d+[.)])\s+(\[[ xX]\]\s+)?/, ''))
    }
    return items.flatMap(cut)
  }
  const joined: string[] = []
  for (const paragraph of section.split(/\n{2,}/)) {
    const last = joined.at(-1)
    if (last !== undefined && last.length + paragraph.length < MOST_CHARACTERS)
      joined[joined.length - 1] = `${last}\n\n${paragraph}`
    else joined.push(paragraph)
  }
  return joined.flatMap(cut).filter((part) => part.trim() !== '')
}

/** What is too long for one memory, in pieces of that length. */
function cut(part: string): string[] {
  const pieces: string[] = []
  for (let at = 0; at < part.length; at += MOST_CHARACTERS * 4) pieces.push(part.slice(at, at + MOST_CHARACTERS * 4))
  return pieces
}
