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

/** How much tending may do to a memory by itself, from most to least. */
export const PROTECTIONS = ['none', 'low', 'medium', 'high', 'permanent'] as const
