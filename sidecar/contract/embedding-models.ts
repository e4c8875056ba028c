/** Models that are offered by name; any other Model2Vec model can be named as well. */
export const KNOWN_EMBEDDING_MODELS = [
  'potion-base-2M',
  'potion-base-4M',
  'potion-base-8M',
  'potion-base-32M',
  'potion-retrieval-32M',
] as const
