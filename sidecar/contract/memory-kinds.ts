/** What kinds of memories there are. Apart from the schemas: a start and `--help` need the names only. */
export const MEMORY_TYPES = [
  'profile',
  'preference',
  'decision',
  'fact',
  'knowledge',
  'episode',
  'skill',
  'session',
  'reasoning',
] as const

/** Days after which a memory that was never of use has faded, by its type, where the settings say nothing else. */
export const RETENTION_DAYS = {
  profile: 1825,
  preference: 730,
  decision: 540,
  knowledge: 365,
  skill: 365,
  reasoning: 180,
  fact: 90,
  episode: 60,
  session: 30,
} as const satisfies Record<(typeof MEMORY_TYPES)[number], number>

/** How much tending may do to a memory by itself, from most to least. */
export const PROTECTIONS = ['none', 'low', 'medium', 'high', 'permanent'] as const

/** What a person can say to a question of memory. */
export const QUESTION_ANSWERS = ['keep', 'replace', 'discard'] as const

/** The label of every memory that a model wrote: it is no word of the person. */
export const BY_AGENT = 'agent'
