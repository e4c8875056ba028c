import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

/** Tokens that go out together: a server that writes 200,000 packets a second would measure itself. */
const TICK_MS = 50

/** A model in a process of its own that gives every caller `rate` tokens a second for `seconds`, then stops. */
export interface TokenServer {
  url: string
  close(): void
}

export async function startTokenServer(rate: number, seconds: number): Promise<TokenServer> {
  const child = fork(fileURLToPath(import.meta.url), ['serve', String(rate), String(seconds)], { execArgv: [] })
  const [url] = (await once(child, 'message')) as [string]
  return { url, close: () => void child.kill() }
}

const chunk = (content: string, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`

if (process.argv[2] === 'serve') {
  const [rate, seconds] = process.argv.slice(3).map(Number) as [number, number]
  const piece = chunk('token ').repeat((rate * TICK_MS) / 1000)
  const open = new Map<ServerResponse, number>()
  setInterval(() => {
    for (const [response, left] of open) {
      if (left > 0) response.write(piece)
      else response.end(`${chunk('', 'stop')}data: [DONE]\n\n`)
      if (left > 0) open.set(response, left - 1)
      else open.delete(response)
    }
  }, TICK_MS)
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      open.set(response, (seconds * 1000) / TICK_MS)
    })
  })
  server.listen({ port: 0, host: '127.0.0.1', backlog: 2048 }, () =>
    process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`),
  )
  process.on('disconnect', () => process.exit())
}
