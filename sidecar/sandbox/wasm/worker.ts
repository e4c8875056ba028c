import { parentPort } from 'node:worker_threads'
import { prepareJavaScript } from './javascript.ts'
import { preparePython } from './python.ts'
import type { Engine, SnippetLanguage, SnippetReply, SnippetRequest } from './snippet.ts'

/**
 * The thread in which snippets run. No snippet holds anything of this thread's; should an engine have a hole, what it
 * leads to lacks the ways out all the same.
 */
const port = parentPort

for (const name of [
  'fetch',
  'WebSocket',
  'EventSource',
  'XMLHttpRequest',
  'process',
  'require',
  'module',
  'Worker',
  'BroadcastChannel',
])
  Reflect.deleteProperty(globalThis, name)

const make: Record<SnippetLanguage, () => Promise<Engine>> = {
  javascript: prepareJavaScript,
  python: async () => preparePython(),
}
/** The engine of the next call, made after the one before it: to make one takes longer than most snippets run. */
const prepared = new Map<SnippetLanguage, Promise<Engine>>()

function prepare(language: SnippetLanguage): void {
  const engine = make[language]()
  prepared.set(language, engine)
  // The next call tries again, and tells.
  engine.catch(() => prepared.delete(language))
}

async function answer({ id, snippet }: SnippetRequest): Promise<SnippetReply> {
  const engine = prepared.get(snippet.language) ?? make[snippet.language]()
  // One engine, one snippet.
  prepared.delete(snippet.language)
  try {
    return { id, result: await (await engine).run(snippet) }
  } catch (error) {
    return { id, fault: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

port?.on('message', (request: SnippetRequest) => {
  void answer(request).then((reply) => {
    port.postMessage(reply)
    prepare(request.snippet.language)
  })
})
