import { join } from 'node:path'
import { createHashingEmbedder } from '../../sidecar/memory/embedding/embedder.ts'
import { loadStaticModel } from '../../sidecar/memory/embedding/static-model.ts'
import { plainCosine } from './lib/plain-cosine.ts'
import { rssMb } from './lib/process-use.ts'
import { type Figure, report } from './lib/report.ts'

/** The bundled embedding model: loading, memory and speed on short texts, beside hashing. And what each finds. */

const MODEL = join(import.meta.dirname, '../../resources/embedding')
const TEXTS = 20_000
const ROUNDS = 3
const words = `hiking mountain weekend dog invoice quarter painting sunrise project deadline coffee birthday concert garden recipe
 doctor school travel Berlin snowboarding guitar budget meeting the a of and to with about yesterday we I my they was were`.split(
  /\s+/,
)

/** Sentences of eight to fifteen words, the same in every run. */
function sentences(count: number): string[] {
  let state = 7
  const next = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  return Array.from({ length: count }, (_, nth) => {
    const length = 8 + next(8)
    return `${nth} ${Array.from({ length }, () => words[next(words.length)]).join(' ')}.`
  })
}

async function microsecondsEach(
  embed: (texts: readonly string[]) => Promise<unknown>,
  texts: readonly string[],
): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    for (let at = 0; at < texts.length; at += 1_000) await embed(texts.slice(at, at + 1_000))
    best = Math.min(best, ((performance.now() - start) * 1_000) / texts.length)
  }
  return best
}

const before = rssMb(process.pid)
const start = performance.now()
const model = await loadStaticModel(MODEL)
const loaded = performance.now() - start
globalThis.gc?.()
const after = rssMb(process.pid)
const texts = sentences(TEXTS)
const hashing = createHashingEmbedder()
const how = `${TEXTS} texts of 8 to 15 words, the best of ${ROUNDS} rounds; 100 us is 10,000 texts a second`

const found: Figure[] = []
for (const embedder of [model, hashing]) {
  for (const { collection, recall, ndcg } of (await plainCosine(embedder)) ?? []) {
    const name = `${embedder.id.split('@')[0]}, ${collection}`
    found.push({ figure: `${name}: recall@10`, measured: recall * 100, unit: '%', how: 'cosine alone, within each space' })
    found.push({ figure: `${name}: nDCG@10`, measured: ndcg * 100, unit: '%' })
  }
}
if (found.length === 0) console.log('The data for measuring what is found is not there; skipped.')

report('embedding', [
  { figure: 'load the bundled model', measured: loaded, unit: 'ms', budget: 150, how: 'the first load in the process' },
  { figure: 'memory of the model', measured: after - before, unit: 'MB', budget: 40, how: 'growth of RSS' },
  { figure: 'embed a short text', measured: await microsecondsEach(model.embed, texts), unit: 'us', budget: 100, how },
  { figure: 'embed by hashing', measured: await microsecondsEach(hashing.embed, texts), unit: 'us', how },
  ...found,
])
