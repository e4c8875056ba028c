import { describe, expect, it } from 'vitest'
import type { ModelMessage, ProviderEvent } from '../../sidecar/providers/index.ts'
import { ask, play, serve, textOf, type WireType } from '../fixtures/raw-server.ts'
import { readings, recordings, type Said, type Step } from '../fixtures/wires.ts'

const wires: readonly WireType[] = ['openai', 'openai-responses', 'anthropic', 'gemini']

/** A turn of three model calls, with calls side by side and one without arguments. */
const steps: readonly Step[] = [
  {
    thinks: 'I had better look.',
    says: 'Ich sehe nach: 👋🏽',
    calls: [
      { id: 'one', name: 'read', args: { path: 'ü.txt' } },
      { id: 'two', name: 'ls', args: {} },
    ],
  },
  { thinks: 'And once more.', calls: [{ id: 'three', name: 'read', args: { path: 'b', lines: [1, 2] } }] },
  { says: 'All is well.' },
]
const results: Readonly<Record<string, string>> = { one: 'Grüße', two: 'a\nb', three: '世界' }
const said: readonly Said[] = [
  { user: 'look' },
  { assistant: 'Ich sehe nach: 👋🏽' },
  { call: 'read', args: { path: 'ü.txt' }, id: 'one' },
  { call: 'ls', args: {}, id: 'two' },
  { result: 'Grüße', id: 'one' },
  { result: 'a\nb', id: 'two' },
  { call: 'read', args: { path: 'b', lines: [1, 2] }, id: 'three' },
  { result: '世界', id: 'three' },
]

/** What a step becomes in the conversation, as the kernel keeps it. */
function toMessages(events: readonly ProviderEvent[], model: string): ModelMessage[] {
  const thought = events.map((event) => (event.type === 'thinking' ? event.text : '')).join('')
  const signature = events.findLast((event) => event.type === 'thinkingDone')?.signature
  const calls = events.filter((event) => event.type === 'toolCall')
  const text = textOf(events)
  const content = [
    ...(thought === '' ? [] : [{ type: 'thinking' as const, text: thought, signature, model }]),
    ...(text === '' ? [] : [{ type: 'text' as const, text }]),
    ...calls,
  ]
  const answers = calls.map(({ callId, name }) => ({ callId, name, text: results[callId] ?? '', isError: false }))
  return answers.length > 0
    ? [
        { role: 'assistant', content },
        { role: 'tool', results: answers },
      ]
    : [{ role: 'assistant', content }]
}

interface Talk {
  events: ProviderEvent[][]
  /** What was sent, step by step. */
  bodies: Record<string, unknown>[]
  messages: ModelMessage[]
}

/** The whole turn; each step is asked of the wire named for it. */
async function talk(order: readonly WireType[], ids: readonly string[] = order): Promise<Talk> {
  const messages: ModelMessage[] = [{ role: 'user', content: [{ type: 'text', text: 'look' }] }]
  const told: Talk = { events: [], bodies: [], messages }
  for (const [index, type] of order.entries()) {
    const server = await serve((socket, _, body) => {
      told.bodies.push(JSON.parse(body) as Record<string, unknown>)
      return play(socket, recordings[type](steps[index % steps.length]!), { size: 64 })
    })
    const events = await ask(server.url, { type, id: ids[index] ?? type, messages })
    told.events.push(events)
    messages.push(...toMessages(events, `${ids[index] ?? type}/m`))
  }
  return told
}

/** Signatures and counts are each vendor's own; all else is what a person and a tool see. */
const visible = (events: readonly ProviderEvent[]) =>
  events
    .filter(({ type }) => type !== 'usage' && type !== 'thinkingDone')
    .reduce<ProviderEvent[]>((all, event) => {
      const last = all.at(-1)
      if (last && (event.type === 'text' || event.type === 'thinking') && last.type === event.type) last.text += event.text
      else all.push({ ...event })
      return all
    }, [])

describe('the same conversation', () => {
  it('gives the same events through every adapter', async () => {
    const all = await Promise.all(wires.map((wire) => talk([wire, wire, wire])))
    const first = all[0]!.events.map(visible)
    expect(first).toEqual([
      [
        { type: 'thinking', text: 'I had better look.' },
        { type: 'text', text: 'Ich sehe nach: 👋🏽' },
        { type: 'toolCall', callId: 'one', name: 'read', args: { path: 'ü.txt' } },
        { type: 'toolCall', callId: 'two', name: 'ls', args: {} },
        { type: 'stop', reason: 'tools' },
      ],
      [
        { type: 'thinking', text: 'And once more.' },
        { type: 'toolCall', callId: 'three', name: 'read', args: { path: 'b', lines: [1, 2] } },
        { type: 'stop', reason: 'tools' },
      ],
      [
        { type: 'text', text: 'All is well.' },
        { type: 'stop', reason: 'end' },
      ],
    ])
    for (const { events } of all) expect(events.map(visible)).toEqual(first)
  })

  it.each(wires)('says the same in the words of %s', async (wire) => {
    const { bodies } = await talk([wire, wire, wire])
    expect(bodies.map(readings[wire])).toEqual([said.slice(0, 1), said.slice(0, 6), said])
  })

  it('goes on where another vendor left it, whoever comes after whom', async () => {
    for (const first of wires)
      for (const second of wires)
        for (const third of wires) {
          const { bodies, events } = await talk([first, second, third])
          expect(readings[second](bodies[1]!), `${first} → ${second}`).toEqual(said.slice(0, 6))
          expect(readings[third](bodies[2]!), `${first} → ${second} → ${third}`).toEqual(said)
          expect(events.at(-1)?.at(-1)).toEqual({ type: 'stop', reason: 'end' })
        }
  })

  it('gives a thought back to who thought it, and to nobody else', async () => {
    const seals = /ENC|"SEAL"|"SIG"|I had better look/
    for (const first of wires)
      for (const second of wires) {
        const { bodies } = await talk([first, second])
        // Chat completions have no place for a thought.
        const goesBack = first === second && first !== 'openai'
        expect(seals.test(JSON.stringify(bodies[1])), `${first} → ${second}`).toBe(goesBack)
      }
  })

  it('gives no seal to another account or wire of the same name', async () => {
    const { bodies } = await talk(['anthropic', 'openai-responses', 'gemini'], ['mine', 'mine', 'mine'])
    expect(JSON.stringify(bodies)).not.toMatch(/ENC|"SEAL"|redacted:/)
    const back = await talk(['gemini', 'anthropic', 'openai-responses'], ['mine', 'mine', 'mine'])
    expect(JSON.stringify(back.bodies)).not.toMatch(/"SIG"|gemini:|"SEAL"/)
  })
})

describe('what models make up', () => {
  const odd = 'functions.read file:0/ü'
  const history: ModelMessage[] = [
    { role: 'user', content: [{ type: 'text', text: 'look' }] },
    { role: 'assistant', content: [{ type: 'thinking', text: 'cut short', model: 'other/m' }] },
    { role: 'assistant', content: [{ type: 'toolCall', callId: odd, name: 'read file!', args: '{"cut' }] },
    { role: 'tool', results: [{ callId: odd, name: 'read file!', text: 'no such tool', isError: true }] },
    { role: 'assistant', content: [{ type: 'toolCall', callId: odd, name: '', args: null }] },
    { role: 'tool', results: [{ callId: odd, name: '', text: 'again', isError: true }] },
    { role: 'user', content: [{ type: 'text', text: 'and?' }] },
  ]

  it.each(wires)('goes to %s in a form that it takes', async (wire) => {
    let body = ''
    const server = await serve((socket, _, told) => {
      body = told
      return play(socket, recordings[wire]({ says: 'ok' }))
    })
    await ask(server.url, { type: wire, messages: history })
    const told = readings[wire](JSON.parse(body) as Record<string, unknown>)
    const calls = told.filter((each) => 'call' in each)
    expect(calls.map(({ call }) => call)).toEqual(['read_file_', '_'])
    expect(calls.map(({ args }) => args)).toEqual([{ unparsed: '{"cut' }, { unparsed: null }])
    for (const { id } of calls) expect(id).toMatch(/^[!-~]{1,64}$/)
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2)
    expect(told.filter((each) => 'result' in each).map(({ id }) => id)).toEqual(calls.map(({ id }) => id))
  })
})
