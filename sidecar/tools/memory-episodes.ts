import type { Episode } from '../contract/index.ts'

/** Places of earlier conversations for a model: what was said, by whom and when. */
export const shownEpisodes = (episodes: readonly Episode[]): string =>
  [
    'From the log of conversations:',
    ...episodes.map(({ sessionId, title, kind, at, excerpt, taint }) => {
      const outside = taint.includes('untrusted') ? ' · holds words from outside' : ''
      return `[${sessionId}] ${WHO[kind]} · ${at.slice(0, 10)} · in "${title}"${outside}\n${excerpt}`
    }),
  ].join('\n\n')

const WHO: Readonly<Record<Episode['kind'], string>> = {
  said: 'the person said',
  answered: 'the agent answered',
  tool: 'a tool gave back',
  file: 'a file that was read',
  document: 'a document that was handed in',
}
