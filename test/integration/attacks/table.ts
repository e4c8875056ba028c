import { KINDS, type Kind } from './attack.ts'
import { ATTACKS } from './attacks.ts'
import { GAPS, TIERS } from './gaps.ts'
import { SNIPPET_ATTACKS, SNIPPET_KINDS, type SnippetKind } from './snippet-attacks.ts'
import type { World } from './world.ts'

const NOWHERE = { secrets: ['', ''], root: '', workspace: '', port: 0 } as unknown as World

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

/** What snippets tried to do, as markdown. All of it is held, or its tests fail. */
export function snippetTable(): string {
  const rows = (Object.keys(SNIPPET_KINDS) as SnippetKind[]).map((kind) => {
    const tries = (language: string): number =>
      SNIPPET_ATTACKS.filter((attack) => attack.kind === kind && attack.language === language)
        // How many there are does not depend on where they are tried.
        .reduce((sum, { codes }) => sum + codes(NOWHERE).length, 0)
    return `| ${SNIPPET_KINDS[kind]} | ${tries('javascript')} | ${tries('python')} | held |`
  })
  return ['| attack by a snippet | JavaScript | Python | run_code |', '| --- | --: | --: | --- |', ...rows].join('\n')
}

/** A text with the tables between their marks put in anew. @throws when the marks are missing */
export function withTable(text: string): string {
  return between(between(text, 'attacks', attackTable()), 'snippets', snippetTable())
}

function between(text: string, name: string, table: string): string {
  const begin = `<!-- ${name}: made by build/attack-table.mjs -->`
  const end = `<!-- /${name} -->`
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`no "${begin}" … "${end}" in the text`)
  return `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`
}
