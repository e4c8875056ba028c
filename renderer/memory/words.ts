import type { MemoryType, Why } from '../../sidecar/contract/index.ts'

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

const PARTS: Readonly<Record<string, string>> = {
  words: 'its words',
  meaning: 'its meaning',
  after: 'the turn before it',
  before: 'the turn after it',
  session: 'its session',
  time: 'the time you named',
  recency: 'it is recent',
  importance: 'its importance',
  use: 'it was of use before',
}

/** `words #1, meaning #3; also its session` */
export function whyFound({ words, meaning, parts }: Why): string {
  const legs = [words && `words #${words.rank}`, meaning && `meaning #${meaning.rank}`].filter((leg) => leg !== undefined)
  const others = Object.entries(parts)
    .filter(([part, value]) => value >= 0.01 && part !== 'words' && part !== 'meaning')
    .map(([part]) => PARTS[part] ?? part)
  return [legs.join(', '), others.length > 0 ? `also ${others.join(', ')}` : ''].filter((piece) => piece !== '').join('; ')
}
