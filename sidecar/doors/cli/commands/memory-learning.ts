import { type QuestionAnswer, QuestionId } from '../../../contract/index.ts'
import type { JsonOption } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { plain } from '../plain.ts'
import { UsageError } from '../problem.ts'
import { table } from '../table.ts'
import { memoryId } from './memory.ts'

const BARS = '▁▂▃▄▅▆▇█'
const WIDTH = 30

export async function show(host: Host, id: string, { json }: JsonOption): Promise<number> {
  await withClient(host, async (client) => {
    const memory = await client.memory.get({ id: memoryId(id) })
    const { points } = await client.memory.strength({ id: memory.id })
    if (json) {
      host.print(JSON.stringify({ ...memory, strengthOverTime: points }))
      return
    }
    const { standing, source, taint, tags } = memory
    const rows = [
      ['type', memory.type],
      ['space', plain(memory.space)],
      ['since', memory.validFrom.slice(0, 10)],
      ...(tags.length > 0 ? [['tags', plain(tags.join(', '))]] : []),
      ...(source.session === undefined ? [] : [['said in', plain(source.session)]]),
      ...(taint.length > 0 ? [['not from you', plain(taint.join(', '))]] : []),
      ...(standing
        ? [
            ['strength', `${Math.round(standing.strength * 100)} %, ${standing.tier}`],
            ['fades', standing.halfLifeDays === undefined ? 'never' : `by half in ${Math.round(standing.halfLifeDays)} days`],
            ['of use', `${memory.uses} times, in ${standing.sessions} sessions`],
            ['protection', standing.protection],
          ]
        : []),
      ['over time', `${barsOf(points)}  (until ${points.at(-1)?.at.slice(0, 10)})`],
    ]
    host.print(plain(memory.text))
    for (const row of table(rows)) host.print(row)
  })
  return EXIT.done
}

/** Learns from all that waits; answers when that is done. */
export async function learn(host: Host, { json }: JsonOption): Promise<number> {
  const report = await withClient(host, (client) => client.memory.learn())
  if (json) host.print(JSON.stringify(report))
  else
    host.print(
      `${report.saved} saved, ${report.strengthened} known already, ${report.merged} merged, ${report.superseded} replaced, ${report.asked} to be asked, ${report.dropped} dropped.`,
    )
  return EXIT.done
}

export async function questions(host: Host, { json, space }: JsonOption & { space?: string }): Promise<number> {
  const { questions: open } = await withClient(host, (client) =>
    client.memory.questions({ limit: 200, ...(space !== undefined && { space }) }),
  )
  if (json) {
    host.print(JSON.stringify({ questions: open }))
    return EXIT.done
  }
  if (open.length === 0) host.note('Nothing is to be decided.')
  for (const { id, kind, text, taint, about } of open) {
    host.print(`${id}  ${kind === 'untrusted' ? `not from you: ${plain(taint.join(', '))}` : 'contradicts what is remembered'}`)
    host.print(`      ${plain(text)}`)
    if (about) host.print(`      remembered: ${plain(about.text)}`)
  }
  if (open.length > 0) host.note('Answer with `oxbow memory answer ID keep|replace|discard`.')
  return EXIT.done
}

export async function answer(host: Host, id: string, said: string): Promise<number> {
  const parsed = QuestionId.safeParse(id)
  if (!parsed.success) throw new UsageError(`"${id}" is no question's id`, 'See `oxbow memory questions` for the ids.')
  // Commander has checked the answer against the contract's own words.
  const { memory } = await withClient(host, (client) => client.memory.answer({ id: parsed.data, answer: said as QuestionAnswer }))
  host.print(memory ? memory.id : 'Discarded.')
  return EXIT.done
}

function barsOf(points: readonly { strength: number }[]): string {
  const step = Math.max(1, Math.floor(points.length / WIDTH))
  return points
    .filter((_, at) => at % step === 0)
    .map(({ strength }) => BARS[Math.min(BARS.length - 1, Math.floor(strength * BARS.length))])
    .join('')
}
