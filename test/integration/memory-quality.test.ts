import { join } from 'node:path'
import { expect, test } from 'vitest'
import { memoryBench } from '../fixtures/memory.ts'
import { abstractGain, dialogueRecall, importAbstracts, importDialogues, readRetrievalData } from '../fixtures/retrieval.ts'

const data = readRetrievalData()
if (!data) console.warn('Tests of how well memory finds skipped: their data is not beside the checkout.')
const TIMEOUT = 240_000
/** The one that is shipped. */
const MODEL = join(import.meta.dirname, '../../resources/embedding')

/** The figures of the README; `npm run bench -- memory` prints more of them. The data must not go into the project. */
test.skipIf(!data)(
  'four fifths of the turns and 95 % of the sessions that answer are among the first ten',
  { timeout: TIMEOUT },
  async () => {
    const { room } = memoryBench({ model: MODEL })
    await importDialogues(room, data!)
    const { turns, sessions } = await dialogueRecall(room, data!)
    expect(turns).toBeGreaterThan(0.79)
    expect(sessions).toBeGreaterThan(0.95)
  },
)

test.skipIf(!data)('of another kind of text it finds a tenth more than full-text search', { timeout: TIMEOUT }, async () => {
  const { room } = memoryBench({ model: MODEL })
  await importAbstracts(room, data!)
  const bare = await abstractGain(room, data!, 'bare')
  expect(await abstractGain(room, data!)).toBeGreaterThan(bare * 1.1)
})
