/** Two segments of full-text of about one size are joined when somebody asks for it: a search asks each segment for each word. */
export const joinedSegments = ['memory_words', 'memory_pairs', 'episode_words']
  .map((table) => `INSERT INTO ${table} (${table}, rank) VALUES ('usermerge', 2);`)
  .join('\n')
