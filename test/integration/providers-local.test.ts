import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createProviders } from '../../sidecar/providers/index.ts'
import { serve } from '../fixtures/raw-server.ts'

describe('looking for local servers', () => {
  const json = (socket: Socket, body: unknown, status = '200 OK') => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    socket.end(
      `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
    )
  }
  const models = (owned_by: string, ...ids: string[]) => ({
    object: 'list',
    data: ids.map((id) => ({ id, object: 'model', owned_by })),
  })
  const tags = {
    models: [
      { name: 'nomic-embed-text', digest: 'e' },
      { name: 'qwen3:8b', digest: 'd' },
    ],
  }

  async function look(
    answers: Partial<Record<'ollama' | 'lmstudio' | 'llamacpp' | 'vllm', (socket: Socket, head: string) => void>>,
  ) {
    const ids = ['ollama', 'lmstudio', 'llamacpp', 'vllm'] as const
    const servers = await Promise.all(ids.map((id) => serve(answers[id] ?? ((socket) => socket.destroy()))))
    const config = ids.map((id, index) => [id, { type: 'openai' as const, baseUrl: `${servers[index]?.url}/v1` }])
    return createProviders({ resilience: { tries: 1 }, config: { providers: Object.fromEntries(config), models: {} }, env: {} })
  }

  it('finds each kind and remembers it', async () => {
    const providers = await look({
      ollama: (socket, head) => json(socket, head.startsWith('GET /api/tags ') ? tags : models('library', 'x')),
      lmstudio: (socket) => json(socket, models('organization_owner', 'qwen', 'text-embedding-nomic')),
      llamacpp: (socket) => json(socket, models('llamacpp', 'gemma.gguf', 'has space')),
      vllm: (socket) => json(socket, models('vllm', 'org/model')),
    })
    expect(providers.chooseDefault().model).toBe('offline/guide')
    const found = await providers.probeLocal()
    expect(found.map(({ provider, models: names }) => [provider, names])).toEqual([
      ['ollama', ['qwen3:8b']],
      ['lmstudio', ['qwen']],
      ['llamacpp', ['gemma.gguf']],
      ['vllm', ['org/model']],
    ])
    expect(providers.chooseDefault()).toEqual({ model: 'ollama/qwen3:8b', why: 'Ollama runs on this computer.' })
    const list = await providers.list()
    expect(list.find(({ ref }) => ref === 'vllm/org/model')).toMatchObject({ ready: true })
  })

  it('takes nothing else for one, and waits no longer than it should', async () => {
    const providers = await look({
      ollama: (socket) => json(socket, models('library', 'x')),
      lmstudio: (socket) => json(socket, '<html>a web shop</html>'),
      llamacpp: (socket) => json(socket, models('localai', 'x')),
      vllm: () => undefined,
    })
    expect(await providers.probeLocal()).toEqual([])
    expect(providers.chooseDefault().model).toBe('offline/guide')
    const others = await look({
      ollama: (socket) => json(socket, tags, '404 Not Found'),
      lmstudio: (socket) => json(socket, { data: 'x' }),
      llamacpp: (socket) => json(socket, 'x'.repeat(3_000_000)),
      vllm: (socket) => json(socket, models('vllm')),
    })
    expect(await others.probeLocal()).toEqual([])
  })

  it('is done once for all who ask at a time', async () => {
    let asked = 0
    const ollama = (socket: Socket) => {
      asked++
      json(socket, tags)
    }
    const providers = await look({ ollama })
    await Promise.all([providers.probeLocal(), providers.probeLocal()])
    expect(asked).toBe(1)
  })
})
