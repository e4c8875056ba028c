import type { Judgement } from './judge.ts'

/** The command line of a call, where it has one. What is typed into a process counts as one: it may be a shell. */
export function commandIn(args: unknown): string | undefined {
  if (typeof args !== 'object' || args === null) return undefined
  const { command, keys } = args as { command?: unknown; keys?: unknown }
  return [command, keys].find((text) => typeof text === 'string')
}

/** Whether a call types into something that runs. */
export const isTyped = (args: unknown): boolean => typeof args === 'object' && args !== null && 'keys' in args
/** Whether a call starts what outlives it: by then other hosts may be allowed. */
export const goesOn = (args: unknown): boolean =>
  typeof args === 'object' && args !== null && 'background' in args && args.background === true

/** Why a command is asked whatever the mode. */
export function troubleOf({ dangers, unclear }: Judgement): string | undefined {
  if (dangers.length > 0) return dangers.join(' ')
  return unclear && `It cannot be told what it does: ${unclear}.`
}

/** What a command runs, in words. */
export function runs({ programs }: Judgement): string {
  const names = [...new Set(programs)]
  if (names.length === 0) return 'it runs a command'
  const shown = names.length > 6 ? [...names.slice(0, 5), `${names.length - 5} more`] : names
  return `it runs ${shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : shown[0]}`
}
