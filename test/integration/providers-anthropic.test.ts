import { describe, expect, it } from 'vitest'
import type { ModelMessage, ModelRequest } from '../../sidecar/providers/index.ts'
import { ask, END_EVENT, named, play, serve } from '../fixtures/raw-server.ts'

const answer = named({ type: 'message_delta', delta: { stop_reason: 'end_turn' } }) + named({ type: 'message_stop' })

/** What goes out for a request to Anthropic itself. */
async function sent(request: Partial<ModelRequest>): Promise<{ body: Record<string, unknown>; head: string }> {
  let body = ''
  let head = ''
  const server = await serve((socket, told, asked) => {
    head = told
    body = asked
    return play(socket, answer)
  })
  const events = await ask(server.url, { type: 'anthropic', id: 'anthropic', request })
  expect(events.at(-1)).toEqual(END_EVENT)
  return { body: JSON.parse(body) as Record<string, unknown>, head: head.toLowerCase() }
}

const tools = ['a', 'b'].map((name) => ({ name, description: name, parameters: { type: 'object' } }))
const user = (text: string): ModelMessage => ({ role: 'user', content: [{ type: 'text', text }] })
const call = (callId: string, ...before: (ModelMessage & { role: 'assistant' })['content'][number][]): ModelMessage => ({
  role: 'assistant',
  content: [...before, { type: 'toolCall', callId, name: 'a', args: {} }],
})
const result = (callId: string, text = 'X', isError = false): ModelMessage => ({
  role: 'tool',
  results: [{ callId, name: 'a', text, isError }],
})
const own = { type: 'thinking' as const, text: 'hm', signature: 'SEAL', model: 'anthropic/claude-opus-4-5' }
const foreign = { ...own, model: 'openai/gpt-5.2' }

describe('a request to Anthropic', () => {
  it('is cached at four places: tools, system prompt, and the last two messages of our side', async () => {
    const messages = [user('1'), call('c1'), result('c1'), call('c2'), result('c2'), call('c3'), result('c3')]
    const { body } = await sent({ system: 'Be terse.', tools, messages })
    expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(4)
    const told = body.messages as { role: string; content: { cache_control?: object }[] }[]
    expect(told.map(({ content }) => content.at(-1)?.cache_control !== undefined)).toEqual([
      false,
      false,
      false,
      false,
      true,
      false,
      true,
    ])
    expect((body.tools as object[]).map((tool) => 'cache_control' in tool)).toEqual([false, true])
  })

  it.each([
    ['claude-sonnet-5-5', { type: 'adaptive', display: 'summarized' }],
    ['claude-opus-4-5', { type: 'enabled', budget_tokens: 8192 }],
    ['nobody-knows', undefined],
  ])('lets %s think as it can', async (model, thinking) => {
    const { body, head } = await sent({ model })
    expect(body.thinking).toEqual(thinking)
    expect(head.includes('interleaved-thinking')).toBe(thinking?.type === 'enabled')
  })

  it.each<[string, ModelMessage[], boolean]>([
    ['its own thought before each call', [user('1'), call('c1', own), result('c1')], true],
    ['a call without a thought', [user('1'), call('c1'), result('c1')], false],
    ["another vendor's thought", [user('1'), call('c1', foreign), result('c1')], false],
    ['words before the thought', [user('1'), call('c1', { type: 'text', text: 'I see' }, own), result('c1')], false],
    ['calls of an earlier turn', [user('1'), call('c1'), result('c1'), user('2')], true],
  ])('does not have a model think after %s where that is refused', async (_, messages, thinks) => {
    const { body } = await sent({ model: 'claude-opus-4-5', messages })
    expect(body.thinking !== undefined).toBe(thinks)
  })

  it('has room for an answer beside the thought', async () => {
    expect((await sent({ model: 'claude-opus-4-5', maxOutputTokens: 4000 })).body.thinking).toMatchObject({ budget_tokens: 2000 })
    expect((await sent({ model: 'claude-opus-4-5', maxOutputTokens: 500 })).body.thinking).toBeUndefined()
  })

  it('tells calls of one id apart, and gives a failure without words some', async () => {
    const messages = [user('1'), call('c'), result('c'), call('c'), result('c', '', true)]
    const told = (await sent({ messages })).body.messages as {
      content: { id?: string; tool_use_id?: string; content?: string }[]
    }[]
    const blocks = told.flatMap(({ content }) => content)
    const calls = blocks.flatMap(({ id }) => id ?? [])
    expect(new Set(calls).size).toBe(2)
    expect(blocks.flatMap(({ tool_use_id }) => tool_use_id ?? [])).toEqual(calls)
    expect(blocks.at(-1)?.content).toBe('It failed.')
  })

  it('takes no seal of another wire', async () => {
    const messages = [user('1'), call('c', { ...own, signature: 'responses:{}' }), result('c')]
    expect(JSON.stringify((await sent({ messages })).body)).not.toContain('responses:')
  })
})
