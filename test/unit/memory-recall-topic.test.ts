import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadStaticModel } from '../../sidecar/memory/embedding/static-model.ts'
import { SAME_TOPIC, topicLikeness } from '../../sidecar/memory/recall/topic.ts'
import { toBytes } from '../../sidecar/memory/search/vector.ts'

/** The first five were looked at when the bound was set, the others were not. */
const TOPICS: readonly (readonly string[])[] = [
  [
    'The web server returns an error 500 when I upload a file',
    'Where does the server write its error log?',
    'Add a test for the upload of an empty file',
    'The upload still fails with a large file, can you look at the server again?',
  ],
  [
    'Plan a week of hiking in the Dolomites in September',
    'Which mountain huts are open at the end of September?',
    'How do we get from Bolzano to the first hut by train?',
    'Is there a shorter hike for the day with rain?',
  ],
  [
    'I want to bake a sourdough bread with rye flour',
    'How long should the dough rest in the fridge?',
    'My last bread had a dense crumb, what did I do wrong with the dough?',
    'Which flour is best for a lighter bread?',
  ],
  [
    'Write a letter to my landlord about the broken heating',
    'Mention that the rent can be reduced while the heating is broken',
    'Make the letter to the landlord more polite',
    'When does the landlord have to answer the letter?',
  ],
  [
    'Explain how interest rates affect the price of bonds',
    'What happens to my bond fund when the interest rate rises?',
    'Compare bonds with a savings account at the current interest',
    'Which bonds lose least when rates go up?',
  ],
  [
    'My guitar buzzes on the low string',
    'Could the guitar string be too thin?',
    'How do I adjust the neck of the guitar?',
    'Which strings would you put on the guitar?',
  ],
  [
    'Schreibe eine Einladung zum Geburtstag meiner Tochter',
    'Die Einladung soll an zwölf Kinder gehen',
    'Welche Spiele passen zum Geburtstag für zwölf Kinder?',
    'Setze die Spiele in die Einladung',
  ],
]

/** How often the measure tells right whether a message goes on with the topic before it. */
async function measure(): Promise<{ same: number[]; other: number[] }> {
  const embedder = await loadStaticModel(join(import.meta.dirname, '../../resources/embedding'))
  const vectors = await Promise.all(TOPICS.map(async (messages) => (await embedder.embed(messages)).map(toBytes)))
  const same: number[] = []
  const other: number[] = []
  for (const [at, topic] of vectors.entries()) {
    for (let n = 1; n < topic.length; n++) same.push(topicLikeness(topic[n]!, topic.slice(0, n).reverse()))
    for (const [elsewhere, next] of vectors.entries())
      if (elsewhere !== at) other.push(topicLikeness(next[0]!, topic.toReversed()))
  }
  return { same, other }
}

test('a change of topic is told from going on, by how like messages are', async () => {
  const { same, other } = await measure()
  const goOn = same.filter((likeness) => likeness >= SAME_TOPIC).length / same.length
  const change = other.filter((likeness) => likeness < SAME_TOPIC).length / other.length
  expect(goOn).toBeGreaterThanOrEqual(0.85)
  expect(change).toBeGreaterThanOrEqual(0.85)
})
