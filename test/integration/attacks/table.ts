import { ATTACKS, KINDS, type Kind } from './attacks.ts'
import { GAPS, TIERS } from './gaps.ts'

const BEGIN = '<!-- attacks: made by build/attack-table.mjs -->'
const END = '<!-- /attacks -->'

/** The attack matrix as markdown: a row for each kind of attack, a column for each tier, and what is not held with its reason. */
export function attackTable(): string {
  const reasons: string[] = []
  const cell = (reason: string | undefined): string => {
    if (reason === undefined) return 'held'
    if (!reasons.includes(reason)) reasons.push(reason)
    return `open (${reasons.indexOf(reason) + 1})`
  }
  const rows = (Object.keys(KINDS) as Kind[]).map((kind) => {
    const tries = ATTACKS.filter((attack) => attack.kind === kind).length
    return [KINDS[kind], String(tries), ...TIERS.map((tier) => cell(GAPS[tier][kind])), 'open'].join(' | ')
  })
  const head = ['attack', 'tries', ...TIERS, 'host'].join(' | ')
  const line = ['---', '--:', ...TIERS.map(() => '---'), '---'].join(' | ')
  const notes = reasons.map((reason, at) => `${at + 1}. ${reason}`)
  return [`| ${head} |`, `| ${line} |`, ...rows.map((row) => `| ${row} |`), '', ...notes].join('\n')
}

/** A text with the table between its marks put in anew. @throws when the marks are missing */
export function withTable(text: string): string {
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (from === -1 || to < from) throw new Error(`no "${BEGIN}" … "${END}" in the text`)
  return `${text.slice(0, from + BEGIN.length)}\n\n${attackTable()}\n\n${text.slice(to)}`
}
