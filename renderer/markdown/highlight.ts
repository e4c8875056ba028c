import { useEffect, useState } from 'react'

export interface Span {
  text: string
  color?: string
}
export type Line = readonly Span[]
export interface HighlightQuestion {
  id: number
  code: string
  lang: string
}
export interface HighlightAnswer {
  id: number
  lines: Line[] | null
}

/** Longer code stays plain; results kept for blocks that scroll back in. */
const LONGEST = 20_000
const KEPT = 200

let worker: Worker | null | undefined
let count = 0
const waiting = new Map<number, (lines: Line[] | null) => void>()
const known = new Map<string, readonly Line[]>()

function startWorker(): Worker | null {
  try {
    const made = new Worker(new URL('./highlight.worker.ts', import.meta.url), { type: 'module' })
    made.addEventListener('message', ({ data }: MessageEvent<HighlightAnswer>) => {
      waiting.get(data.id)?.(data.lines)
      waiting.delete(data.id)
    })
    // Without its worker code stays plain; nothing else depends on it.
    made.addEventListener('error', () => {
      made.terminate()
      worker = null
      for (const give of waiting.values()) give(null)
      waiting.clear()
    })
    return made
  } catch {
    return null
  }
}

function keep(key: string, lines: readonly Line[]): void {
  const oldest = known.size >= KEPT ? known.keys().next().value : undefined
  if (oldest !== undefined) known.delete(oldest)
  known.set(key, lines)
}

/** The coloured lines of a finished piece of code, or null while or where there are none. */
export function useHighlight(code: string, lang: string, ready: boolean): readonly Line[] | null {
  const wanted = ready && lang !== '' && code.length <= LONGEST
  const key = `${lang}\n${code}`
  const [done, setDone] = useState<{ key: string; lines: readonly Line[] } | null>(null)
  useEffect(() => {
    if (!wanted || known.has(key)) return
    worker = worker === undefined ? startWorker() : worker
    if (!worker) return
    const id = ++count
    waiting.set(id, (lines) => {
      if (!lines) return
      keep(key, lines)
      setDone({ key, lines })
    })
    worker.postMessage({ id, code, lang } satisfies HighlightQuestion)
    return () => {
      waiting.delete(id)
    }
  }, [wanted, key, code, lang])
  if (!wanted) return null
  return known.get(key) ?? (done?.key === key ? done.lines : null)
}
