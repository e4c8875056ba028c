import { createReadStream } from 'node:fs'
import { open, readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import { type ForeignLine, fromMarkdown, fromMem0 } from '../foreign-memories.ts'
import type { Host } from '../host.ts'
import { UsageError } from '../problem.ts'

/** Characters sent at once: far below what the procedure takes. */
const PIECE = 512 * 1024
/** Notes named at once. */
const NOTES = 1000
const MARKDOWN = /\.(md|markdown)$/i

/** The lines of a file that are not empty, with their numbers. @param file a path; `-` is stdin @throws UsageError */
export async function* linesOf(host: Host, file: string): AsyncGenerator<{ text: string; number: number }> {
  const input = file === '-' ? host.terminal.stdin : createReadStream(resolve(host.cwd, file), 'utf8')
  let number = 0
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++
      if (text.trim() !== '') yield { text: number === 1 ? text.replace(/^\uFEFF/, '') : text, number }
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new UsageError(`${file} is not there`)
    if (code === 'EISDIR') throw new UsageError(`${file} is a folder`, 'Name a file of JSON lines.')
    throw error
  }
}

/** What an import reads: lines, and the notes that are read as a whole. */
interface Source {
  lines: AsyncIterable<{ text: string; number: number }>
  notes: string[]
}

async function sourceOf(host: Host, file: string): Promise<Source> {
  const foreign = await foreignLines(host, file)
  return { lines: linesIn(host, file, foreign?.lines), notes: foreign?.notes ?? [] }
}

/** The lines of a file as an import reads them: those of JSON lines as they are, other kinds read by what they are. */
async function* linesIn(
  host: Host,
  file: string,
  foreign: readonly ForeignLine[] | undefined,
): AsyncGenerator<{ text: string; number: number }> {
  if (foreign === undefined) yield* linesOf(host, file)
  else for (const [at, line] of foreign.entries()) yield { text: JSON.stringify(line), number: at + 1 }
}

/** Notes in markdown (a file, or a folder of them) and what mem0 exports; undefined: JSON lines. */
async function foreignLines(host: Host, file: string): Promise<{ lines: ForeignLine[]; notes: string[] } | undefined> {
  if (file === '-') return undefined
  const path = resolve(host.cwd, file)
  const is = await stat(path).catch(() => undefined)
  if (is?.isDirectory()) {
    const names = (await readdir(path, { recursive: true })).filter((name) => MARKDOWN.test(name)).sort()
    if (names.length === 0)
      throw new UsageError(`${file} has no notes in it`, 'Name a folder of markdown files, or a file of JSON lines.')
    const notes: ForeignLine[] = []
    for (const name of names) notes.push(...fromMarkdown(await readFile(join(path, name), 'utf8'), join(path, name)))
    return { lines: notes, notes: names.map((name) => join(path, name)) }
  }
  if (!is) return undefined
  if (MARKDOWN.test(path)) return { lines: fromMarkdown(await readFile(path, 'utf8'), path), notes: [path] }
  return path.endsWith('.json') ? { lines: fromMem0(await readFile(path, 'utf8'), file), notes: [] } : undefined
}

export async function importFile(host: Host, file: string, { space }: { space?: string }): Promise<number> {
  let saved = 0
  let replaced = 0
  let removed = 0
  await withClient(host, async (client) => {
    let lines: string[] = []
    let size = 0
    let firstLine = 1
    let since: string | undefined
    const into = space === undefined ? {} : { space }
    const send = async (): Promise<void> => {
      if (lines.length === 0) return
      const counts = await client.memory.import({ jsonl: lines.join('\n'), firstLine, ...into })
      since ??= counts.begunAt
      saved += counts.saved
      replaced += counts.replaced
      firstLine += lines.length
      lines = []
      size = 0
    }
    try {
      const source = await sourceOf(host, file)
      for await (const { text, number } of source.lines) {
        // Empty lines keep their place, so that the sidecar counts as the file does.
        while (firstLine + lines.length < number) lines.push('')
        lines.push(text)
        size += text.length + 1
        if (size >= PIECE) await send()
      }
      await send()
      // What the notes no longer say goes, now that all they say is there.
      since ??= (await client.memory.import({ jsonl: '', ...into })).begunAt
      for (let at = 0; at < source.notes.length; at += NOTES) {
        const notes = { files: source.notes.slice(at, at + NOTES), since }
        removed += (await client.memory.import({ jsonl: '', ...into, notes })).removed
      }
    } catch (error) {
      if (saved + replaced > 0)
        host.note(`${saved + replaced} of the lines before were saved; importing again replaces those with an id.`)
      throw error
    }
  })
  const counted = [
    `${saved} saved`,
    ...(replaced > 0 ? [`${replaced} replaced`] : []),
    ...(removed > 0 ? [`${removed} removed`] : []),
  ]
  host.print(`${counted.join(', ')}.`)
  return EXIT.done
}

export async function exportFile(host: Host, file: string | undefined, { space }: { space?: string }): Promise<number> {
  const handle = file === undefined ? undefined : await open(resolve(host.cwd, file), 'w', 0o600)
  try {
    await withClient(host, async (client) => {
      let after: string | undefined
      do {
        const page: { jsonl: string; next?: string | undefined } = await client.memory.export({
          ...(space !== undefined && { space }),
          ...(after !== undefined && { after }),
        })
        if (handle) await handle.write(page.jsonl)
        else if (page.jsonl !== '') host.print(page.jsonl.trimEnd())
        after = page.next
      } while (after !== undefined)
    })
  } finally {
    await handle?.close()
  }
  return EXIT.done
}
