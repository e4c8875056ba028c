import type { MemoryTier, MemoryType, Protection, Why } from '../../sidecar/contract/index.ts'

export const TYPES: Readonly<Record<MemoryType, string>> = {
  profile: 'Profile',
  preference: 'Preference',
  decision: 'Decision',
  fact: 'Fact',
  knowledge: 'Knowledge',
  episode: 'Episode',
  skill: 'Skill',
  session: 'Session',
  reasoning: 'Reasoning',
}

export const TIERS: Readonly<Record<MemoryTier, string>> = { hot: 'Hot: always in view', warm: 'Warm', cold: 'Cold: faded' }

export const PROTECTION_WORDS: Readonly<Record<Protection, string>> = {
  none: 'fades, and dreams may merge or replace it',
  low: 'fades half as fast; dreams leave its words alone',
  medium: 'fades five times slower',
  high: 'fades twenty times slower; no agent changes or forgets it unasked',
  permanent: 'never fades, and only you forget it',
}

const PARTS: Readonly<Record<string, string>> = {
  words: 'its words',
  meaning: 'its meaning',
  after: 'the turn before it',
  before: 'the turn after it',
  session: 'its session',
  speaker: 'who said it',
  added: 'words of the best results',
  alike: 'likeness to the best results',
  closely: 'word by word',
  opening: 'how it begins',
  time: 'the time you named',
  recency: 'it is recent',
  importance: 'its importance',
  use: 'it was of use before',
}

/** Considerations that are named beside the words and the meaning; those that counted most. */
const MOST_REASONS = 3

/** `words #1, meaning #3; also its session` */
export function whyFound({ words, meaning, parts }: Why): string {
  const legs = [words && `words #${words.rank}`, meaning && `meaning #${meaning.rank}`].filter((leg) => leg !== undefined)
  const others = Object.entries(parts)
    .filter(([part, value]) => value >= 0.01 && part !== 'words' && part !== 'meaning')
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_REASONS)
    .map(([part]) => PARTS[part] ?? part)
  return [legs.join(', '), others.length > 0 ? `also ${others.join(', ')}` : ''].filter((piece) => piece !== '').join('; ')
}
