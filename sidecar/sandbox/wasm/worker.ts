import { parentPort } from 'node:worker_threads'
import { runJavaScript } from './javascript.ts'
import { runPython } from './python.ts'
import type { SnippetReply, SnippetRequest } from './snippet.ts'

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

async function answer({ id, snippet }: SnippetRequest): Promise<SnippetReply> {
  try {
    return { id, result: snippet.language === 'python' ? runPython(snippet) : await runJavaScript(snippet) }
  } catch (error) {
    return { id, fault: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

port?.on('message', (request: SnippetRequest) => {
  void answer(request).then((reply) => port.postMessage(reply))
})
