import { resolve, sep } from 'node:path'
import type { Node } from './grammar.ts'
import type { Word } from './words.ts'

/** Where a line stands, as far as reading it tells. */
export interface Ground {
  readonly workspace: string
  /** The folder it is in; undefined once nobody can tell. */
  at: string | undefined
}

/** The box's own folder for a while, unless the workspace lies there. */
export const OWN = '/tmp'

/** The first word that lies, or may lie, outside of the workspace, or is the whole of it. */
export function outside(words: readonly Word[], { workspace, at }: Ground): string | undefined {
  for (const word of words) {
    if (word === undefined) return 'a path that only running it would tell'
    if (at === undefined && !word.startsWith('/')) return `${word} of another folder`
    const path = resolve(at ?? '/', word)
    if (path === workspace || isAll(word, path, workspace)) return 'the whole workspace'
    const own = path.startsWith(OWN + sep) && !workspace.startsWith(OWN + sep)
    if (!own && !path.startsWith(workspace + sep)) return word
  }
  return undefined
}

/** Whether a pattern at the top of the workspace fits all that is there: `*`, `?*`, `[a-z]*`. */
function isAll(word: string, path: string, workspace: string): boolean {
  const name = path.slice(workspace.length + 1)
  if (!path.startsWith(workspace + sep) || name.includes('/') || !/[*?[]/.test(word)) return false
  return /^\.?$/.test(name.replaceAll(/\[[^\]]*\]|[*?]/g, ''))
}

/** Goes where a `cd` leads. @param linear whether it surely runs, in this shell, before what stands behind it */
export function go(ground: Ground, name: string, words: readonly Word[], linear: boolean): void {
  const folder = words.findLast((word) => word === undefined || !word.startsWith('-') || word === '-')
  if (ground.at === undefined || folder === undefined || folder === '-' || name !== 'cd') {
    ground.at = undefined
    return
  }
  const path = resolve(linear ? ground.at : ground.workspace, folder)
  const inside = path === ground.workspace || path.startsWith(ground.workspace + sep)
  // It may also stay where it is: then only what lies below the workspace from both places counts as inside.
  ground.at = linear ? path : inside ? ground.workspace : undefined
}

/** Whether the folders that a line goes to follow from its order alone. */
export const isLinear = (nodes: readonly Node[]): boolean => !nodes.some(({ type }) => BRANCHES.has(type))

const BRANCHES = new Set(
  'subshell function_definition for_statement c_style_for_statement while_statement if_statement case_statement command_substitution process_substitution || & pipeline'.split(
    ' ',
  ),
)
