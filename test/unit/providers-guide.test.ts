import { describe, expect, it } from 'vitest'
import { createGuide } from '../../sidecar/providers/guide/guide.ts'
import { intents } from '../../sidecar/providers/guide/intents/index.ts'
import { INTRODUCTION, understand } from '../../sidecar/providers/guide/plan.ts'
import type { AssistantContent, ModelMessage, ProviderEvent, ToolResult } from '../../sidecar/providers/index.ts'
import { createTools } from '../../sidecar/tools/index.ts'

const TOOLS = ['ls', 'read', 'write', 'edit', 'find', 'grep', 'exec']

/** The tool calls a request amounts to; `say` for an answer in words, `?text` for what was not understood. */
function calls(text: string): unknown[] {
  const { steps, unclear } = understand([text], intents)
  return [...steps.map((step) => (step.type === 'call' ? [step.tool, step.args] : 'say')), ...unclear.map((each) => `?${each}`)]
}

const table: [request: string, ...expected: unknown[]][] = [
  // list
  ['ls', ['ls', {}]],
  ['list files', ['ls', {}]],
  ['List the files, please.', ['ls', {}]],
  ['Can you list all files in src/app?', ['ls', { path: 'src/app' }]],
  ['list the src folder', ['ls', { path: 'src' }]],
  ['ls ..', ['ls', { path: '..' }]],
  ['ls .', ['ls', { path: '.' }]],
  ['show me the files', ['ls', {}]],
  ['show me the contents of the folder docs', ['ls', { path: 'docs' }]],
  ['what files are in this folder?', ['ls', {}]],
  ['What is in src?', ['ls', { path: 'src' }]],
  ["what's here?", ['ls', {}]],
  ['list "my folder"', ['ls', { path: 'my folder' }]],
  // read
  ['read notes.txt', ['read', { path: 'notes.txt' }]],
  ['Please read the file `notes.txt`.', ['read', { path: 'notes.txt' }]],
  ['open Makefile', ['read', { path: 'Makefile' }]],
  ['cat "my notes.txt"', ['read', { path: 'my notes.txt' }]],
  ['show me README.md', ['read', { path: 'README.md' }]],
  ['show me the contents of src/main.ts', ['read', { path: 'src/main.ts' }]],
  ['what is in notes.txt?', ['read', { path: 'notes.txt' }]],
  ['what does notes.txt say?', ['read', { path: 'notes.txt' }]],
  ['read lines 10-20 of a.ts', ['read', { path: 'a.ts', offset: 10, limit: 11 }]],
  ['show line 3 of a.ts', ['read', { path: 'a.ts', offset: 3, limit: 1 }]],
  ['show me the first 5 lines of a.ts', ['read', { path: 'a.ts', limit: 5 }]],
  // write
  ['create notes.txt with hello', ['write', { path: 'notes.txt', content: 'hello' }]],
  ['create a file called notes.txt with the text "hello world"', ['write', { path: 'notes.txt', content: 'hello world' }]],
  ['make a new file notes.txt containing salt and pepper', ['write', { path: 'notes.txt', content: 'salt and pepper' }]],
  ['write "milk, then eggs" to shopping.md', ['write', { path: 'shopping.md', content: 'milk, then eggs' }]],
  ['write hello to notes.txt.', ['write', { path: 'notes.txt', content: 'hello' }]],
  ['save this is it as a.txt', ['write', { path: 'a.txt', content: 'this is it' }]],
  ['create an empty file a.txt', ['write', { path: 'a.txt', content: '' }]],
  ['write a.txt: hello', ['write', { path: 'a.txt', content: 'hello' }]],
  ['create a.sh with:\nls\nread x\nthen run y', ['write', { path: 'a.sh', content: 'ls\nread x\nthen run y' }]],
  ['create a.py with ```python\nprint("hi")\n```', ['write', { path: 'a.py', content: 'print("hi")' }]],
  ['create a.txt with grüße 👋', ['write', { path: 'a.txt', content: 'grüße 👋' }]],
  // edit
  ['replace hello with goodbye in notes.txt', ['edit', { path: 'notes.txt', oldText: 'hello', newText: 'goodbye' }]],
  ['change "a b" to "c d" in x.ts', ['edit', { path: 'x.ts', oldText: 'a b', newText: 'c d' }]],
  ['in x.ts, replace all foo with bar', ['edit', { path: 'x.ts', oldText: 'foo', newText: 'bar', replaceAll: true }]],
  ['replace foo with bar everywhere in x.ts', ['edit', { path: 'x.ts', oldText: 'foo', newText: 'bar', replaceAll: true }]],
  ['edit x.ts: replace "foo" with ""', ['edit', { path: 'x.ts', oldText: 'foo', newText: '' }]],
  // find
  ['find *.ts', ['find', { pattern: '**/*.ts' }]],
  ['find all *.ts files in src', ['find', { pattern: '**/*.ts', path: 'src' }]],
  ['find all markdown files', ['find', { pattern: '**/*.md' }]],
  ['list all .json files', ['find', { pattern: '**/*.json' }]],
  ['find files named config.json in src', ['find', { pattern: '**/config.json', path: 'src' }]],
  ['find config.json', ['find', { pattern: '**/config.json' }]],
  ['where is package.json?', ['find', { pattern: '**/package.json' }]],
  // grep
  ['search for TODO', ['grep', { pattern: 'TODO' }]],
  ['search for TODO in src', ['grep', { pattern: 'TODO', path: 'src' }]],
  ['search for "a.b(c)" in the files', ['grep', { pattern: 'a\\.b\\(c\\)' }]],
  ['grep hello notes.txt', ['grep', { pattern: 'hello', path: 'notes.txt' }]],
  ['grep /fo+/ in *.ts', ['grep', { pattern: 'fo+', glob: '*.ts' }]],
  ['which files contain "hello"?', ['grep', { pattern: 'hello' }]],
  ['find the text hello', ['grep', { pattern: 'hello' }]],
  ['find TODO in src', ['grep', { pattern: 'TODO', path: 'src' }]],
  ['where is foo used?', ['grep', { pattern: 'foo' }]],
  ['search src for TODO', ['grep', { pattern: 'TODO', path: 'src' }]],
  // run
  ['run ls -la', ['exec', { command: 'ls -la' }]],
  ['run: uname -a && whoami', ['exec', { command: 'uname -a && whoami' }]],
  ['run `npm test`.', ['exec', { command: 'npm test' }]],
  ['$ echo "a, then b" && ls', ['exec', { command: 'echo "a, then b" && ls' }]],
  ['run the command "git add ."', ['exec', { command: 'git add .' }]],
  ['run git add .', ['exec', { command: 'git add .' }]],
  ['execute sleep 3 with a timeout of 2 seconds', ['exec', { command: 'sleep 3', timeoutSeconds: 2 }]],
  // sequences
  [
    'create notes.txt with hello, then read it',
    ['write', { path: 'notes.txt', content: 'hello' }],
    ['read', { path: 'notes.txt' }],
  ],
  ['list the files and read a.txt', ['ls', {}], ['read', { path: 'a.txt' }]],
  ['List the files. Then run `pwd`.', ['ls', {}], ['exec', { command: 'pwd' }]],
  [
    '1. create a.txt with x\n2. replace x with y\n3. read it',
    ['write', { path: 'a.txt', content: 'x' }],
    ['edit', { path: 'a.txt', oldText: 'x', newText: 'y' }],
    ['read', { path: 'a.txt' }],
  ],
  ['run echo hi and show me a.txt', ['exec', { command: 'echo hi' }], ['read', { path: 'a.txt' }]],
  // words only
  ['help', 'say'],
  ['Hello!', 'say'],
  ['What can you do?', 'say'],
  ['who are you?', 'say'],
  ['How do I configure a model?', 'say'],
  ['How do I add a provider?', 'say'],
  ['Where do I put my key?', 'say'],
  ['Can I use Gemini here?', 'say'],
  ['where do I put my API key?', 'say'],
  ['can I use Ollama?', 'say'],
  // not understood
  ['dance with me', '?dance with me'],
  ['read it', '?read it'],
  ['create a.txt with hello, then dance', ['write', { path: 'a.txt', content: 'hello' }], '?dance'],
  ['show me love', '?show me love'],
  ['delete a.txt', '?delete a.txt'],
]

describe('what the guide understands', () => {
  it.each(table)('%s', (request, ...expected) => {
    expect(calls(request)).toEqual(expected)
  })

  it('calls tools that exist, with what they take', () => {
    const known = new Map(createTools({ ripgrep: null }).map((tool) => [tool.name, tool]))
    const used = new Set<string>()
    for (const step of table.flatMap(([request]) => understand([request], intents).steps)) {
      if (step.type !== 'call') continue
      used.add(step.tool)
      expect(known.get(step.tool)?.input.safeParse(step.args), JSON.stringify(step)).toMatchObject({ success: true })
    }
    expect([...used].sort()).toEqual([...known.keys()].sort())
  })

  it('understands its own examples', () => {
    for (const intent of intents) {
      for (const example of intent.examples) expect(understand([example], intents).unclear, example).toEqual([])
    }
  })

  // A pattern that backtracks without bound would hang here until the test's time-out.
  it('answers any text', () => {
    const hostile = [
      `replace ${'a with '.repeat(1_300)}`,
      `edit ${'a replace b with '.repeat(500)}`,
      `create ${'file with '.repeat(900)}`,
      `write ${'a to '.repeat(1_900)}`,
      `search for ${'a in '.repeat(1_900)}`,
      `$ ${' '.repeat(9_000)}x`,
      `list ${'the '.repeat(2_400)}`,
      '\n'.repeat(50_000),
      '. '.repeat(50_000),
      ' a'.repeat(20_000),
      'replace '.repeat(3_000),
      `${'"'.repeat(9_999)}`,
      'in x and '.repeat(3_000),
      'find the '.repeat(4_000),
    ]
    for (const text of hostile) expect(() => understand([text], intents)).not.toThrow()
  })
})

const user = (text: string): ModelMessage => ({ role: 'user', content: [{ type: 'text', text }] })

async function answer(messages: ModelMessage[], tools: readonly string[] = TOOLS): Promise<ProviderEvent[]> {
  const request = {
    model: 'guide',
    system: '',
    messages,
    tools: tools.map((name) => ({ name, description: '', parameters: {} })),
  }
  const events: ProviderEvent[] = []
  for await (const event of createGuide().stream(request, new AbortController().signal)) events.push(event)
  return events
}

const textOf = (events: ProviderEvent[]) => events.map((event) => (event.type === 'text' ? event.text : '')).join('')

/** Plays the kernel: hands each call's result back until the guide rests. */
async function converse(messages: ModelMessage[], run: (name: string, args: unknown) => Pick<ToolResult, 'text' | 'isError'>) {
  const said: string[] = []
  for (let step = 0; step < 10; step++) {
    const events = await answer(messages)
    expect(events.at(-1)?.type).toBe('stop')
    said.push(textOf(events))
    const content: AssistantContent[] = [{ type: 'text', text: textOf(events) }]
    const made = events.filter((event) => event.type === 'toolCall')
    expect(events.at(-1)).toEqual({ type: 'stop', reason: made.length > 0 ? 'tools' : 'end' })
    messages.push({ role: 'assistant', content: [...content, ...made] })
    if (made.length === 0) return said
    messages.push({
      role: 'tool',
      results: made.map(({ callId, name, args }) => ({ callId, name, ...run(name, args) })),
    })
  }
  throw new Error('the guide never rests')
}

describe('a conversation with the guide', () => {
  it('says first what it is, and only once', async () => {
    const messages = [user('help')]
    const [first] = await converse(messages, () => ({ text: '', isError: false }))
    expect(first?.split('\n')[0]).toBe(INTRODUCTION)
    const [second] = await converse([...messages, user('help')], () => ({ text: '', isError: false }))
    expect(second).not.toContain(INTRODUCTION)
  })

  it('goes through the steps and quotes what the tools said', async () => {
    const ran: unknown[] = []
    const said = await converse([user('create notes.txt with hello, then read it')], (name, args) => {
      ran.push([name, args])
      return { text: name === 'read' ? 'hello (from disk)' : 'wrote 5 bytes', isError: false }
    })
    expect(ran).toEqual([
      ['write', { path: 'notes.txt', content: 'hello' }],
      ['read', { path: 'notes.txt' }],
    ])
    expect(said[1]).toContain('wrote 5 bytes')
    expect(said[2]).toContain('hello (from disk)')
  })

  it('stops at a failure and says what it left undone', async () => {
    const said = await converse([user('read a.txt, then run `pwd`')], () => ({ text: 'no such file', isError: true }))
    expect(said).toHaveLength(2)
    expect(said[1]).toContain('no such file')
    expect(said[1]).toContain('did not run `pwd`')
  })

  it('does nothing when it understands only half', async () => {
    const events = await answer([user('create a.txt with hello, then dance')])
    expect(events.filter(({ type }) => type === 'toolCall')).toEqual([])
    expect(textOf(events)).toMatch(/did not understand “dance”[\s\S]*did understand: write `a.txt`/)
  })

  it('guesses at a mistyped word', async () => {
    expect(textOf(await answer([user('lsit the files')]))).toContain('Did you mean “list”?')
  })

  it('calls no tool that the session lacks', async () => {
    const events = await answer([user('run pwd')], ['ls'])
    expect(events.filter(({ type }) => type === 'toolCall')).toEqual([])
    expect(textOf(events)).toContain('no tool `exec`')
  })

  it('takes up a message that joined in mid-turn', async () => {
    const messages: ModelMessage[] = [
      user('list the files, then run `pwd`'),
      { role: 'assistant', content: [{ type: 'toolCall', callId: 'guide_1', name: 'ls', args: {} }] },
      { role: 'tool', results: [{ callId: 'guide_1', name: 'ls', text: 'a.txt', isError: false }] },
      user('read a.txt instead'),
    ]
    const unclear = await answer(messages)
    expect(textOf(unclear)).toContain('did not understand')
    messages[3] = user('read a.txt')
    const call = (await answer(messages)).find(({ type }) => type === 'toolCall')
    expect(call).toMatchObject({ name: 'read', args: { path: 'a.txt' }, callId: 'guide_2' })
  })

  it('fences output that holds a fence of its own, and bounds it', async () => {
    const messages: ModelMessage[] = [
      user('read a.md'),
      { role: 'assistant', content: [{ type: 'toolCall', callId: 'guide_1', name: 'read', args: { path: 'a.md' } }] },
      {
        role: 'tool',
        results: [{ callId: 'guide_1', name: 'read', text: `\`\`\`js\n\`\`\`\n${'👋'.repeat(9000)}`, isError: false }],
      },
    ]
    const text = textOf(await answer(messages))
    expect(text).toContain('````\n```js')
    expect(text.length).toBeLessThan(6000)
    expect(text.isWellFormed()).toBe(true)
  })

  it('streams word by word, costs nothing, and ends when aborted', async () => {
    const events = await answer([user('help')])
    expect(events.filter(({ type }) => type === 'text').length).toBeGreaterThan(50)
    expect(events.at(-2)).toMatchObject({ type: 'usage', costMicros: 0 })
    const controller = new AbortController()
    const seen: ProviderEvent[] = []
    const request = { model: 'guide', system: '', messages: [user('help')], tools: [] }
    for await (const event of createGuide({ delayMs: 5 }).stream(request, controller.signal)) {
      seen.push(event)
      if (seen.length === 3) controller.abort()
    }
    expect(seen).toHaveLength(3)
  })
})
