import { existsSync } from 'node:fs'
import { isAbsolute, posix } from 'node:path'
import type { PolicyRule } from '../contract/index.ts'
import { OxbowError } from '../foundation/index.ts'
import { globOf } from './glob.ts'
import { readHostPattern } from './host-pattern.ts'

const NAMES = ['tool', 'program', 'server', 'session', 'agent', 'persona', 'space', 'channel'] as const

/**
 * A rule in the one form in which it is kept and matched: what a person may spell in other ways would match nothing.
 * @param home the person's home folder, which `~` stands for
 * @throws OxbowError `policy.invalid`, naming the field
 */
export function ruleInForm(rule: PolicyRule, home: string): PolicyRule {
  for (const key of NAMES) if (rule[key] !== undefined) at(key, () => globOf(rule[key]!))
  const { path, workspace, host, amount } = rule
  if (amount !== undefined)
    throw wrong(
      'amount: no call that rules are about has a cost, so the rule would never apply',
      'A budget bounds what models cost: oxbow budget set.',
    )
  return {
    ...rule,
    ...(path !== undefined && { path: at('path', () => pathInForm(path, home)) }),
    ...(workspace !== undefined && { workspace: at('workspace', () => workspaceInForm(workspace, home)) }),
    ...(host !== undefined && { host: at('host', () => readHostPattern(host).text) }),
  }
}

/** The folders that a pattern of paths stands in, without `.`, empty names, or an end that says nothing. */
function tidied(text: string, home: string): string {
  const full = text === '~' || text.startsWith('~/') ? home + text.slice(1) : text
  if (/[*?[{].*\/\.\.(?:\/|$)/.test(full)) throw wrong(`"${text}" goes back with ".." behind a mark`)
  return posix.normalize(full)
}

/** `src/` and `.` are all that lies in a folder. A name without an end like that is a file, or a folder with all in it. */
function pathInForm(text: string, home: string): string {
  const path = tidied(text, home)
  const inForm = path === '.' || path === './' ? '**' : path.endsWith('/') ? `${path}**` : path
  globOf(inForm)
  return inForm
}

function workspaceInForm(text: string, home: string): string {
  const folder = tidied(text, home).replace(/(?<=.)\/$/, '')
  if (!folder.startsWith('*') && !isAbsolute(folder)) throw wrong(`"${text}" is no absolute folder, and every workspace is one`)
  globOf(folder)
  return folder
}

/**
 * Where a rule is saved, a path that begins nowhere is a mistake; read from a file, it may be meant for another computer.
 * @throws OxbowError `policy.invalid`
 */
export function checkBeginning({ path }: PolicyRule): void {
  const [, top] = /^\/([^/*?[{]+)(?:\/|$)/.exec(path ?? '') ?? []
  if (top === undefined || ROOTS.includes(top) || existsSync(`/${top}`)) return
  const hint = `For what lies in the workspace, write "${path!.slice(1)}".`
  throw wrong(`path: there is no /${top} on this computer`, hint)
}

/** Who could ask some day: a rule about one of these would never apply, and the person would rely on it. */
const NOBODY_YET = { agent: 'agents of your own', persona: 'personas', channel: 'chat channels', server: 'MCP servers' } as const

/**
 * Where a rule is saved, it is about what there is; read from a file, it may be meant for a later Oxbow.
 * @throws OxbowError `policy.invalid`
 */
export function checkSubject(rule: PolicyRule): void {
  for (const [key, what] of Object.entries(NOBODY_YET))
    if (rule[key as keyof typeof NOBODY_YET] !== undefined)
      throw wrong(`${key}: there are no ${what} yet, so the rule would never apply`, 'Name a session, a space or a workspace.')
}

/** Names that every box has. */
const ROOTS = ['workspace', 'shared', 'tmp', 'vault']

const wrong = (message: string, hint?: string): OxbowError => new OxbowError('BAD_REQUEST', 'policy.invalid', message, hint)

function at<T>(field: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof OxbowError)) throw error
    throw new OxbowError('BAD_REQUEST', 'policy.invalid', `${field}: ${error.message}`, error.hint)
  }
}
