import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { atomically, openDatabase } from '../../sidecar/foundation/index.ts'
import { TUNING } from '../../sidecar/memory/search/tuning.ts'
import { WordCounts } from '../../sidecar/memory/search/word-counts.ts'
import { type Within, WordLeg } from '../../sidecar/memory/search/word-leg.ts'
import { temporaryFolder } from '../fixtures/log.ts'

const SIZE = 21_000
const RANGE = { from: 1, to: SIZE }

/** An index in which every entry has the same two words, and a few have one more. */
function openIndex(special: readonly number[]) {
  const db = openDatabase({ path: join(temporaryFolder(), 'oxbow.db') })
  onTestFinished(() => void db.close())
  const insert = db.prepare('INSERT INTO memory_words (rowid, text) VALUES (?, ?)')
  atomically(db, () => {
    for (let n = 1; n <= SIZE; n++) insert.run(n, special.includes(n) ? 'common words harbour' : 'common words')
  })
  const counts = new WordCounts(db)
  const find = (query: string, more: Partial<Within> = {}): number[] =>
    new WordLeg(db, TUNING.columns)
      .find(query, { ranges: [RANGE], entries: SIZE, allowed: undefined, most: 5, count: counts.within([RANGE], SIZE), ...more })
      .map(({ n }) => n)
  return find
}

test('where every word is common, the newest that have them all are found, and of the rest only the newest 20,000 are looked through', () => {
  const find = openIndex([])
  expect(find('common words')).toEqual([SIZE, SIZE - 1, SIZE - 2, SIZE - 3, SIZE - 4])
  const oldest = SIZE - 20_000
  expect(find('common words', { allowed: new Set([oldest - 1, oldest, oldest + 1, 20_500]) })).toEqual([
    20_500,
    oldest + 1,
    oldest,
  ])
})

test('one rare word beside them finds its entries, however old', () => {
  const find = openIndex([3, 500])
  expect(find('common harbour words').sort((a, b) => a - b)).toEqual([3, 500])
})
