import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { parse, stringify, TomlError } from 'smol-toml'
import type { WatchedFile } from '../audit/index.ts'
import { type PlacedRule, PolicyRule } from '../contract/index.ts'
import { OxbowError, readPlainFile } from '../foundation/index.ts'
import { checkBeginning, checkSubject, ruleInForm } from './rule-form.ts'

const MOST_RULES = 1000
/** Files, and workspaces, whose rules are kept. */
const MOST_FILES = 64
const MOST_BYTES = 1 << 20
const NONE: PlacedRule[] = []

/** The rules of a home (`policy.toml`) and those of a workspace (`.oxbow/policy.toml`), which may only tighten. */
export interface RuleFiles {
  readonly path: string
  /** @throws OxbowError `policy.invalid`, naming file, rule and what is wrong */
  all(workspace: string | undefined): PlacedRule[]
  /** Adds all of them or none. @returns the last. @throws OxbowError `policy.invalid` */
  add(...rules: [PolicyRule, ...PolicyRule[]]): PlacedRule
  /** A rule as it would be kept: in the one form. @throws OxbowError `policy.invalid` */
  inForm(rule: PolicyRule): PolicyRule
  /** @param expected the rule that is meant: another one in its place stays. @throws OxbowError `policy.noRule`, `policy.moved` */
  remove(index: number, expected?: PolicyRule): void
}

/**
 * @param home the person's home folder, which rules may call `~`
 * @param watched told of the home's file whenever it is read anew or written
 */
export function openRules(path: string, home: string, watched?: Pick<WatchedFile, 'look' | 'found' | 'wrote'>): RuleFiles {
  const kept = new Map<string, { stamp: string; rules: PlacedRule[] }>()
  /** Those of the home with a workspace's: the same list as long as neither changed, since what is read from a list is kept with it. */
  const joined = new Map<string, { mine: PlacedRule[]; theirs: PlacedRule[]; both: PlacedRule[] }>()
  /** Read again only when the file changed: every call of an agent asks. */
  const read = (file: string, tighten: boolean): PlacedRule[] => {
    const stamp = stampOf(file)
    const known = kept.get(file)
    if (stamp !== undefined && known?.stamp === stamp) return known.rules
    const text = stamp === undefined ? undefined : textOf(file)
    // Rules that hold, or that nobody can read, are recorded first.
    if (file === path) watched?.found(text)
    if (stamp === undefined || text === undefined) return NONE
    const rules = parseRules(file, text, { tighten, home })
    if (kept.size > MOST_FILES) kept.clear()
    kept.set(file, { stamp, rules })
    return rules
  }
  const inForm = (given: PolicyRule): PolicyRule => {
    const rule = ruleInForm(given, home)
    checkBeginning(rule)
    checkSubject(rule)
    return rule
  }
  const write = (text: string): void => {
    const temporary = `${path}.${process.pid}.tmp`
    watched?.look()
    writeFileSync(temporary, text, { mode: 0o600 })
    renameSync(temporary, path)
    kept.delete(path)
    watched?.wrote(text)
  }
  return {
    path,
    all(workspace) {
      const mine = read(path, false)
      const theirs = workspace === undefined ? NONE : read(join(workspace, '.oxbow', 'policy.toml'), true)
      if (workspace === undefined || theirs.length === 0) return mine
      const known = joined.get(workspace)
      if (known?.mine === mine && known.theirs === theirs) return known.both
      const both = [...mine, ...theirs]
      if (joined.size > MOST_FILES) joined.clear()
      joined.set(workspace, { mine, theirs, both })
      return both
    },
    inForm,
    add(...given) {
      const added = given.map(inForm)
      const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
      const gap = text === '' ? '' : text.endsWith('\n') ? '\n' : '\n\n'
      const after = `${text}${gap}${stringify({ rule: added }).trimEnd()}\n`
      const rules = parseRules(path, after, { tighten: false, home })
      write(after)
      return rules.at(-1)!
    },
    remove(index, expected) {
      const rules = read(path, false)
      if (!rules[index])
        throw new OxbowError('NOT_FOUND', 'policy.noRule', `there is no rule ${index} in ${path}`, 'List them first.')
      if (expected && !isDeepStrictEqual(rules[index].rule, expected))
        throw new OxbowError('CONFLICT', 'policy.moved', `rule ${index} of ${path} is another one by now`, 'List them again.')
      const text = readFileSync(path, 'utf8')
      const starts = [...text.matchAll(/^[ \t]*\[\[[ \t]*rule[ \t]*\]\]/gm)].map((match) => match.index)
      if (starts.length !== rules.length)
        throw new OxbowError('CONFLICT', 'policy.invalid', `${path} is not written as [[rule]] tables`, 'Change it by hand.')
      const rest = text.slice(starts[index]).replace(/^[^\n]*\n?/, '')
      const next = starts[index + 1] ?? text.length
      write(text.slice(0, starts[index]) + (index + 1 < starts.length ? text.slice(next) : rest.slice(rest.length)))
    },
  }
}

/** A workspace's may be a stranger's. */
function textOf(file: string): string {
  try {
    return readPlainFile(file, MOST_BYTES)
  } catch (error) {
    throw invalid(`${file} cannot be read: ${(error as Error).message}`)
  }
}

/** Undefined where there is no such file. @throws where it cannot be told: it might forbid something */
function stampOf(file: string): string | undefined {
  const stats = statSync(file, { throwIfNoEntry: false })
  return stats && `${stats.mtimeMs} ${stats.size} ${stats.ino}`
}

function parseRules(file: string, text: string, { tighten, home }: { tighten: boolean; home: string }): PlacedRule[] {
  let tree: Record<string, unknown>
  try {
    tree = parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    throw invalid(`${file}:${error.line}:${error.column}: no valid TOML`)
  }
  const unknown = Object.keys(tree).find((key) => key !== 'rule')
  if (unknown !== undefined) throw invalid(`${file}: there is no "${unknown}" here, only [[rule]]`)
  const rules = tree.rule ?? []
  if (!Array.isArray(rules) || rules.length > MOST_RULES)
    throw invalid(`${file}: rules are [[rule]] tables, at most ${MOST_RULES}`)
  return rules.map((given: unknown, index) => {
    const parsed = PolicyRule.safeParse(given)
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      throw invalid(`${file}: rule ${index + 1}: ${issue?.path.join('.') || 'rule'}: ${issue?.message}`)
    }
    if (tighten && parsed.data.effect === 'allow')
      throw invalid(`${file}: rule ${index + 1} allows something: a workspace may only ask or deny`)
    try {
      return { rule: ruleInForm(parsed.data, home), source: file, index }
    } catch (error) {
      throw invalid(`${file}: rule ${index + 1}: ${error instanceof Error ? error.message : error}`)
    }
  })
}

const invalid = (message: string): OxbowError =>
  new OxbowError(
    'BAD_REQUEST',
    'policy.invalid',
    message,
    'See “Rules” in the README. Until it is right, everything but reading is denied.',
  )
