import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { intents } from '../../sidecar/providers/guide/intents/index.ts'
import { understand } from '../../sidecar/providers/guide/plan.ts'
import { Snippets } from '../../sidecar/sandbox/wasm/index.ts'
import { createTools, type ToolContext } from '../../sidecar/tools/index.ts'

const worker = join(import.meta.dirname, '../../sidecar/sandbox/wasm/worker.ts')
const snippets = new Snippets({ worker, log: { warn: () => {} } })
afterAll(() => snippets.close())
const tool = createTools({ snippets }).find(({ name }) => name === 'run_code')!
// A snippet is handed nothing else: whatever it asked of its context would fail.
const context = { signal: new AbortController().signal } as ToolContext
const run = (call: Record<string, unknown>) => tool.run(tool.input.parse({ timeoutSeconds: 20, ...call }), context)

test('is read only, and goes out of nowhere: nobody need be asked', () => {
  expect(tool).toMatchObject({ tier: 'read', outward: false })
  expect(tool.title(tool.input.parse({ language: 'python', code: '\nprint(1)\nprint(2)' }))).toBe('run python: print(1)')
})

test('tells what was printed, the value and the error', async () => {
  expect(await run({ language: 'javascript', code: 'console.log(data.n); data.n * 2', data: { n: 21 } })).toEqual({
    text: '21\n→ 42',
    isError: false,
  })
  expect(await run({ language: 'python', code: 'print(len(data))', data: ['a', 'b'] })).toEqual({ text: '2', isError: false })
  expect(await run({ language: 'javascript', code: 'void 0' })).toEqual({ text: 'It printed nothing.', isError: false })
  expect(await run({ language: 'python', code: 'print(1)\nnothing()' })).toMatchObject({
    text: expect.stringMatching(/^1\nError: Traceback[\s\S]*NameError/),
    isError: true,
  })
  const flood = await run({ language: 'javascript', code: 'for (let n = 0; n < 2000; n++) console.log("y".repeat(100))' })
  expect(Buffer.byteLength(flood.text)).toBeLessThanOrEqual(16 * 1024)
})

test('refuses what is no call of it', () => {
  for (const call of [
    { language: 'bash', code: 'id' },
    { language: 'python' },
    { language: 'python', code: '' },
    { language: 'python', code: 'x'.repeat(100_001) },
    { language: 'python', code: '1', data: 'x'.repeat(1_000_001) },
    { language: 'python', code: '1', timeoutSeconds: 1000 },
    { language: 'python', code: '1', path: '/etc' },
  ])
    expect(tool.input.safeParse(call).success, JSON.stringify(call).slice(0, 60)).toBe(false)
})

test.each([
  ['run this python: print(6 * 7)', { language: 'python', code: 'print(6 * 7)' }],
  ['Run the following JavaScript code:\n```js\nconst a = 1\na + 1\n```', { language: 'javascript', code: 'const a = 1\na + 1' }],
  ['execute js: `[1, 2].length`', { language: 'javascript', code: '[1, 2].length' }],
])('the guide understands %j', async (text, args) => {
  const { steps, unclear } = understand([text], intents)
  expect(unclear).toEqual([])
  expect(steps).toMatchObject([{ type: 'call', tool: 'run_code', args }])
  expect(await run(args)).toMatchObject({ isError: false })
})

test('the guide takes a command for a command', () => {
  const { steps } = understand(['run python script.py'], intents)
  expect(steps).toMatchObject([{ tool: 'exec', args: { command: 'python script.py' } }])
})
