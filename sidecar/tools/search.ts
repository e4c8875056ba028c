import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { OxbowError } from '../foundation/index.ts'
import { globOf } from '../policy/index.ts'
import { openFile, readOpened, shownPath } from '../sandbox/index.ts'
import { textOf } from './kind.ts'
import { shownName } from './text.ts'
import type { ToolContext } from './tool.ts'
import { filesIn } from './walk.ts'

const MOST_FILE = 5 << 20
const MOST_MS_PER_FILE = 1000
const MOST_PER_FILE = 200

export interface OwnSearch {
  pattern: string
  path: string
  glob?: string | undefined
  ignoreCase?: boolean | undefined
}

/** A line that was found. */
export interface Hit {
  /** Absolute and real. */
  file: string
  /** `path:number:text` */
  line: string
}

/** Runs in a thread of its own, so that a pattern that never ends can be ended. */
const MATCHER = `
const { parentPort, workerData } = require('node:worker_threads')
const expression = new RegExp(workerData.pattern, workerData.flags)
parentPort.on('message', (text) => {
  const found = []
  const lines = text.split('\\n')
  for (let i = 0; i < lines.length && found.length < workerData.most; i++) {
    const line = lines[i].endsWith('\\r') ? lines[i].slice(0, -1) : lines[i]
    if (expression.test(line)) found.push((i + 1) + ':' + line.slice(0, 2000))
  }
  parentPort.postMessage(found)
})
`

/** Search where there is no ripgrep: slower, but with the same answers for common patterns. @throws OxbowError `search.*` */
export async function* searchOwn(
  { pattern, path, glob, ignoreCase = false }: OwnSearch,
  context: ToolContext,
): AsyncGenerator<Hit> {
  const { box, signal, closed } = context
  const wanted = glob === undefined ? undefined : globOf(glob)
  const flags = ignoreCase ? 'iu' : 'u'
  try {
    new RegExp(pattern, flags)
  } catch (error) {
    throw new OxbowError('BAD_REQUEST', 'search.pattern', `The pattern is no regular expression: ${(error as Error).message}`)
  }
  const target = await box.resolve(path, 'read')
  const isFolder = (await stat(target)).isDirectory()
  const folder = isFolder ? target : dirname(target)
  const worker = new Worker(MATCHER, { eval: true, workerData: { pattern, flags, most: MOST_PER_FILE } })
  try {
    const names = isFolder ? filesIn(folder, signal, undefined) : [basename(target)]
    for await (const name of names) {
      const file = join(folder, name)
      if (closed?.(file)) continue
      if (wanted && !wanted.fits(name, false) && !wanted.fits(basename(name), false)) continue
      const shown = shownPath(file, box)
      const text = await smallText(shown, context)
      if (text === undefined) continue
      for (const line of await ask(worker, text, shown, signal)) yield { file, line: `${shownName(shown)}:${line}` }
    }
  } finally {
    await worker.terminate()
  }
}

async function smallText(path: string, { box }: ToolContext): Promise<string | undefined> {
  try {
    const { handle, stats } = await openFile(box, path)
    try {
      return stats.size > MOST_FILE ? undefined : textOf(await readOpened({ handle, stats }))
    } finally {
      await handle.close()
    }
  } catch (error) {
    // A file that went away or may not be read has nothing to find.
    if (error instanceof OxbowError) return undefined
    throw error
  }
}

function ask(worker: Worker, text: string, path: string, signal: AbortSignal): Promise<string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string[]>()
  const slow = (): void => {
    const hint = 'Use a simpler one, without repeats inside repeats.'
    reject(new OxbowError('BAD_REQUEST', 'search.slow', `The pattern takes too long on "${path}".`, hint))
  }
  const timer = setTimeout(slow, MOST_MS_PER_FILE)
  const stop = (): void => reject(signal.reason)
  worker.once('message', resolve)
  worker.once('error', reject)
  signal.addEventListener('abort', stop, { once: true })
  worker.postMessage(text)
  return promise.finally(() => {
    clearTimeout(timer)
    worker.off('message', resolve)
    worker.off('error', reject)
    signal.removeEventListener('abort', stop)
  })
}
