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

/** The lines of a file as an import reads them: those of JSON lines as they are, other kinds read by what they are. */
async function* linesIn(host: Host, file: string): AsyncGenerator<{ text: string; number: number }> {
  const foreign = await foreignLines(host, file)
  if (foreign === undefined) yield* linesOf(host, file)
  else for (const [at, line] of foreign.entries()) yield { text: JSON.stringify(line), number: at + 1 }
}

/** Notes in markdown (a file, or a folder of them) and what mem0 exports; undefined: JSON lines. */
async function foreignLines(host: Host, file: string): Promise<ForeignLine[] | undefined> {
  if (file === '-') return undefined
  const path = resolve(host.cwd, file)
  const is = await stat(path).catch(() => undefined)
  if (is?.isDirectory()) {
    const names = (await readdir(path, { recursive: true })).filter((name) => MARKDOWN.test(name)).sort()
    if (names.length === 0)
      throw new UsageError(`${file} has no notes in it`, 'Name a folder of markdown files, or a file of JSON lines.')
    const notes: ForeignLine[] = []
    for (const name of names) notes.push(...fromMarkdown(await readFile(join(path, name), 'utf8'), join(path, name)))
    return notes
  }
  if (MARKDOWN.test(path)) return is && fromMarkdown(await readFile(path, 'utf8'), path)
  return path.endsWith('.json') && is ? fromMem0(await readFile(path, 'utf8'), file) : undefined
}

export async function importFile(host: Host, file: string, { space }: { space?: string }): Promise<number> {
  let saved = 0
  let replaced = 0
  await withClient(host, async (client) => {
    let lines: string[] = []
    let size = 0
    let firstLine = 1
    const send = async (): Promise<void> => {
      if (lines.length === 0) return
      const counts = await client.memory.import({ jsonl: lines.join('\n'), firstLine, ...(space !== undefined && { space }) })
      saved += counts.saved
      replaced += counts.replaced
      firstLine += lines.length
      lines = []
      size = 0
    }
    try {
      for await (const { text, number } of linesIn(host, file)) {
        // Empty lines keep their place, so that the sidecar counts as the file does.
        while (firstLine + lines.length < number) lines.push('')
        lines.push(text)
        size += text.length + 1
        if (size >= PIECE) await send()
      }
      await send()
    } catch (error) {
      if (saved + replaced > 0)
        host.note(`${saved + replaced} of the lines before were saved; importing again replaces those with an id.`)
      throw error
    }
  })
  host.print(replaced > 0 ? `${saved} saved, ${replaced} replaced.` : `${saved} saved.`)
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
