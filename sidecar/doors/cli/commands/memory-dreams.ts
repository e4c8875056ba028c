import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, type Dream, type DreamChange, type DreamCounts, DreamId } from '../../../contract/index.ts'
import type { JsonOption } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { plain } from '../plain.ts'
import { UsageError } from '../problem.ts'
import { table } from '../table.ts'

const LOOK_MS = 300
const PAGE = 500

const DONE: readonly [keyof DreamCounts, string][] = [
  ['merged', 'merged'],
  ['superseded', 'superseded'],
  ['generalised', 'generalised'],
  ['digested', 'summed up'],
  ['promoted', 'given more weight'],
  ['packed', 'faded'],
  ['removed', 'secrets removed'],
  ['unsure', 'to be asked'],
  ['spared', 'left alone'],
]

/** Puts memory in order, and waits until that is done. */
export async function dream(
  host: Host,
  { json, report, minutes }: JsonOption & { report?: boolean; minutes?: number },
): Promise<number> {
  return withClient(host, async (client) => {
    let now = await client.memory.dream({ ...(minutes !== undefined && { minutes }) })
    while (now.state === 'running') {
      await sleep(LOOK_MS)
      now = (await client.memory.dreamReport({ id: now.id, limit: 1 })).dream
    }
    const changes = report ? await allChanges(client, now.id) : undefined
    if (json) host.print(JSON.stringify({ ...now, ...(changes && { changes }) }))
    else {
      for (const row of rowsOf(now)) host.print(row)
      for (const change of changes ?? []) for (const line of linesOf(change)) host.print(line)
    }
    return now.state === 'failed' ? EXIT.failed : EXIT.done
  })
}

/** What dreams found and did. @param id one of them, with every change */
export async function dreams(host: Host, id: string | undefined, { json }: JsonOption): Promise<number> {
  await withClient(host, async (client) => {
    if (id !== undefined) {
      const { dream: one } = await client.memory.dreamReport({ id: dreamId(id), limit: 1 })
      const changes = await allChanges(client, one.id)
      if (json) host.print(JSON.stringify({ ...one, changes }))
      else {
        for (const row of rowsOf(one)) host.print(row)
        for (const change of changes) for (const line of linesOf(change)) host.print(line)
      }
      return
    }
    const { dreams: list } = await client.memory.dreams({ limit: 100 })
    if (json) host.print(JSON.stringify({ dreams: list }))
    else if (list.length === 0) host.note('Memory was not put in order yet: `oxbow memory dream` does it.')
    else
      for (const row of table(list.map((one) => [one.id, one.startedAt.slice(0, 16).replace('T', ' '), one.state, done(one)])))
        host.print(row)
  })
  return EXIT.done
}

/** Takes back what a dream changed. @param changes their numbers; none: all of them */
export async function undo(host: Host, id: string, changes: readonly string[]): Promise<number> {
  const numbers = changes.map((text) => {
    if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`"${text}" is no number of a change`, 'See `oxbow memory dreams ID`.')
    return Number(text)
  })
  const { undone, kept } = await withClient(host, (client) =>
    client.memory.undo({ id: dreamId(id), ...(numbers.length > 0 && { changes: numbers }) }),
  )
  host.print(`${undone} taken back${kept > 0 ? `, ${kept} left: changed or forgotten since` : ''}.`)
  return EXIT.done
}

async function allChanges(client: Client, id: DreamId): Promise<DreamChange[]> {
  const changes: DreamChange[] = []
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page: { changes: DreamChange[]; next?: number | undefined } = await client.memory.dreamReport({
      id,
      after,
      limit: PAGE,
    })
    changes.push(...page.changes)
    after = page.next
  }
  return changes
}

const done = ({ counts }: Dream): string =>
  DONE.filter(([key]) => counts[key] > 0)
    .map(([key, word]) => `${counts[key]} ${word}`)
    .join(', ') || 'nothing to do'

function rowsOf(one: Dream): string[] {
  const { counts } = one
  return table([
    ['dream', one.id],
    ['state', one.fault === undefined ? one.state : `${one.state}: ${plain(one.fault)}`],
    ['looked at', `${counts.looked} memories`],
    [
      'found',
      `${counts.duplicates} duplicates, ${counts.contradictions} contradictions, ${counts.repeated} repeated, ${counts.stale} faded, ${counts.secrets} secrets, ${counts.hotOverflow} beyond the hot ones`,
    ],
    ['done', done(one)],
    [
      'took',
      `${(one.ms / 1000).toFixed(1)} s${one.tokens > 0 ? `, ${one.tokens} tokens, $${(one.costMicros / 1e6).toFixed(4)}` : ''}`,
    ],
    ['to take back', `${one.undoable} changes`],
  ])
}

function linesOf({ seq, kind, text, otherText, period, undoable, undoneAt }: DreamChange): string[] {
  const how = undoneAt !== undefined ? ' (taken back)' : undoable ? '' : ' (final)'
  return [
    `${String(seq).padStart(4)}  ${kind}${period === undefined ? '' : ` ${period}`}${how}`,
    ...(text === undefined ? [] : [`      ${plain(text)}`]),
    ...(otherText === undefined || otherText === text ? [] : [`      before: ${plain(otherText)}`]),
  ]
}

function dreamId(text: string): DreamId {
  const parsed = DreamId.safeParse(text)
  if (!parsed.success) throw new UsageError(`"${text}" is no dream's id`, 'See `oxbow memory dreams` for the ids.')
  return parsed.data
}
