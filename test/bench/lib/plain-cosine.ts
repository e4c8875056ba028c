import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Embedder } from '../../../sidecar/memory/embedding/embedder.ts'

/** Beside the checkout, for measuring only; its README says what it is. */
const DATA = join(import.meta.dirname, '../../../../shared/data')
const TOP = 10

interface Collection {
  name: string
  documents: { id: string; space: string; text: string }[]
  /** What answers a question, and how well. */
  queries: { space: string; text: string; gains: ReadonlyMap<string, number> }[]
}

export interface Quality {
  collection: string
  recall: number
  ndcg: number
}

/** Recall and nDCG among the first ten of each space by cosine alone; `undefined` where the data is not there. */
export async function plainCosine(embedder: Embedder): Promise<Quality[] | undefined> {
  if (!existsSync(DATA)) return undefined
  const measured: Quality[] = []
  for (const { name, documents, queries } of [dialogues(), cranfield()]) {
    const vectors = await embedder.embed(documents.map((document) => document.text))
    const asked = await embedder.embed(queries.map((query) => query.text))
    let recall = 0
    let ndcg = 0
    queries.forEach(({ space, gains }, nth) => {
      const scored = documents.flatMap(({ id, space: own }, at) =>
        own === space ? [{ id, score: dot(vectors[at]!, asked[nth]!) }] : [],
      )
      const found = scored.sort((a, b) => b.score - a.score).slice(0, TOP)
      const gained = found.map(({ id }) => gains.get(id) ?? 0)
      recall += gained.filter((gain) => gain > 0).length / gains.size
      ndcg += discounted(gained) / discounted([...gains.values()].sort((a, b) => b - a).slice(0, TOP))
    })
    measured.push({ collection: name, recall: recall / queries.length, ndcg: ndcg / queries.length })
  }
  return measured
}

const discounted = (gains: readonly number[]) => gains.reduce((sum, gain, rank) => sum + gain / Math.log2(rank + 2), 0)
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * b[at]!, 0)

function lines<Line>(file: string): Line[] {
  const text = readFileSync(join(DATA, file), 'utf8').trimEnd()
  return text.split('\n').map((line) => JSON.parse(line) as Line)
}

function dialogues(): Collection {
  const turns = lines<{ id: string; space: string; speaker: string; text: string }>('dialogue-dev.turns.jsonl')
  const queries = lines<{ space: string; query: string; relevant: string[] }>('dialogue-dev.queries.jsonl')
  return {
    name: 'dialogues',
    documents: turns.map(({ id, space, speaker, text }) => ({ id, space, text: `${speaker}: ${text}` })),
    queries: queries.map(({ space, query, relevant }) => ({ space, text: query, gains: new Map(relevant.map((id) => [id, 1])) })),
  }
}

function cranfield(): Collection {
  const papers = lines<{ id: string; title: string; text: string }>('cranfield.docs.jsonl')
  const queries = lines<{ query: string; relevant: Record<string, number> }>('cranfield.queries.jsonl')
  return {
    name: 'Cranfield',
    documents: papers.map(({ id, title, text }) => ({ id, space: '', text: `${title} ${text}` })),
    queries: queries
      .map(({ query, relevant }) => {
        // 1 is the best grade and 4 the least; -1 and 5 are not relevant.
        const graded = Object.entries(relevant).filter(([, grade]) => grade >= 1 && grade <= 4)
        return { space: '', text: query, gains: new Map(graded.map(([id, grade]) => [id, 5 - grade])) }
      })
      .filter(({ gains }) => gains.size > 0),
  }
}
