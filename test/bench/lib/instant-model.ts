import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions'

/**
 * A model that answers as fast as HTTP allows, in a process of its own: whoever measures must not wait for its own client.
 * Words "read" get one call of `read` first, everything else the answer "Done.".
 */
export type Asked = Pick<ChatCompletionCreateParamsStreaming, 'messages' | 'tools'>

export interface InstantModel {
  url: string
  /** What the newest request held. */
  last(): Promise<Asked>
  close(): void
}

export async function startInstantModel(): Promise<InstantModel> {
  const child = fork(fileURLToPath(import.meta.url), ['serve'], { execArgv: [] })
  const [url] = (await once(child, 'message')) as [string]
  return {
    url,
    last: async () => {
      const { messages, tools } = (await (await fetch(`${url}/last`)).json()) as Asked
      return { messages, ...(tools && { tools }) }
    },
    close: () => void child.kill(),
  }
}

const chunk = (choice: object, more: object = {}): string =>
  `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', model: 'instant', choices: [{ index: 0, ...choice }], ...more })}\n\n`
const usage = { usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } }
const call = { id: 'call_1', index: 0, type: 'function', function: { name: 'read', arguments: '{"path":"a.txt"}' } }
const READ = `${chunk({ delta: { tool_calls: [call] }, finish_reason: null })}${chunk({ delta: {}, finish_reason: 'tool_calls' }, usage)}data: [DONE]\n\n`
const DONE = `${chunk({ delta: { content: 'Done.' }, finish_reason: null })}${chunk({ delta: {}, finish_reason: 'stop' }, usage)}data: [DONE]\n\n`

if (process.argv[2] === 'serve') {
  let last = ''
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      response.end(last)
      return
    }
    const chunks: Buffer[] = []
    request.on('data', (part: Buffer) => chunks.push(part))
    request.on('end', () => {
      last = Buffer.concat(chunks).toString()
      const { messages } = JSON.parse(last) as Asked
      const newest = messages.at(-1)
      const wantsRead = newest?.role === 'user' && JSON.stringify(newest.content).includes('read')
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(wantsRead ? READ : DONE)
    })
  })
  server.listen(0, '127.0.0.1', () => process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`))
  process.on('disconnect', () => process.exit())
}
