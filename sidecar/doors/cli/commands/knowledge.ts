import { openAsBlob } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { type NoteLinks, storeFile } from '../../../contract/index.ts'
import type { JsonOption } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { plain } from '../plain.ts'
import { UsageError } from '../problem.ts'
import { table } from '../table.ts'

const PAGE = 1000

export async function list(host: Host, { tag, json }: JsonOption & { tag?: string }): Promise<number> {
  const answer = await withClient(host, (client) => client.knowledge.list({ limit: PAGE, ...(tag !== undefined && { tag }) }))
  if (json) host.print(JSON.stringify(answer))
  else if (answer.notes.length === 0) host.note(`There are no notes in ${answer.folder}.`)
  else
    for (const row of table(answer.notes.map(({ path, title, tags }) => [plain(path), plain(title), plain(tags.join(', '))])))
      host.print(row)
  if (answer.next !== undefined && !json) host.note('There are more: search for them, or name a --tag.')
  return EXIT.done
}

export async function search(host: Host, query: string, { limit = 10, json }: JsonOption & { limit?: number }): Promise<number> {
  const answer = await withClient(host, (client) => client.knowledge.search({ query, limit }))
  if (json) host.print(JSON.stringify(answer))
  else if (answer.pieces.length === 0) host.note('Nothing was found.')
  else
    for (const { path, headings, text, score } of answer.pieces) {
      host.print(`${score.toFixed(2)}  ${plain([path, ...headings].join(' › '))}`)
      host.print(`      ${plain(text.slice(0, 300))}`)
    }
  return EXIT.done
}

export async function show(host: Host, path: string, { json }: JsonOption): Promise<number> {
  const note = await withClient(host, (client) => client.knowledge.read({ path }))
  if (json) host.print(JSON.stringify(note))
  else for (const line of note.text.trimEnd().split('\n')) host.print(plain(line))
  return EXIT.done
}

export async function add(host: Host, files: readonly string[], { own = false }: { own?: boolean }): Promise<number> {
  for (const file of files) {
    const is = await stat(resolve(host.cwd, file)).catch(() => undefined)
    if (!is?.isFile()) throw new UsageError(`${file} is no file`, 'Name notes or documents, one after the other.')
  }
  await withClient(host, async (client) => {
    for (const file of files) {
      const path = resolve(host.cwd, file)
      const { hash } = await storeFile(client.media, await openAsBlob(path), basename(path))
      const note = await client.knowledge.add({ hash, name: basename(path).slice(-255), own })
      host.print(note.path)
    }
  })
  return EXIT.done
}

export async function links(host: Host, path: string, { json }: JsonOption): Promise<number> {
  const found: NoteLinks = await withClient(host, (client) => client.knowledge.links({ path }))
  if (json) {
    host.print(JSON.stringify(found))
    return EXIT.done
  }
  for (const { target, heading, path: leads } of found.links)
    host.print(`→ ${plain(leads ?? `${target} (there is none)`)}${heading === undefined ? '' : ` # ${plain(heading)}`}`)
  for (const back of found.backlinks) host.print(`← ${plain(back.path)}`)
  if (found.links.length + found.backlinks.length === 0) host.note('It links to nothing, and nothing links to it.')
  return EXIT.done
}
