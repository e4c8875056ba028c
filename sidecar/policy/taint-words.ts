import type { TaintMark } from '../contract/index.ts'
import { MOST_SOURCES } from './touched.ts'

/** Why a call is asked where untrusted and private meet. */
export function meeting(marks: readonly TaintMark[]): string {
  return `it could carry what is private (${sourcesOf(marks, 'private')}) to where words from outside (${sourcesOf(marks, 'untrusted')}) want it`
}

/** Who else may have asked for a call. */
export const mayBeTheirs = (marks: readonly TaintMark[]): string =>
  `words from outside (${sourcesOf(marks, 'untrusted')}) may have asked for it`

function sourcesOf(marks: readonly TaintMark[], label: TaintMark['label']): string {
  const names = new Set<string>()
  for (const mark of marks) if (mark.label === label) names.add(mark.source)
  const shown = [...names].slice(0, 2).map((name) => (name.length > 60 ? `${name.slice(0, 60).toWellFormed()}…` : name))
  const words = shown.join(', ')
  if (names.size >= MOST_SOURCES) return `${words} and many more`
  return names.size > 2 ? `${words} and ${names.size - 2} more` : words
}
