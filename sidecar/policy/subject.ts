import type { SafetyTier } from '../contract/index.ts'

/** What a yes to edits covers. */
export const WHOLE_TIER = ''

/**
 * What exactly a yes covers. For edits it is the tier: files of the workspace. For commands it is the one command line,
 * to the letter, since a first word says nothing of what a command does.
 * @param alone the tool that a yes covers alone, as it changes more than files of the workspace
 */
export function grantSubject(tier: SafetyTier, args: unknown, alone?: string): string {
  if (alone !== undefined) return alone
  return tier === 'write' ? WHOLE_TIER : JSON.stringify(args)
}
