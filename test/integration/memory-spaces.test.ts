import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAIN_SPACE, type SessionId } from '../../sidecar/contract/index.ts'
import { follow, resting, say } from '../fixtures/follow.ts'
import { startScripted } from '../fixtures/kernel.ts'
import { lastWords, resultsSince } from '../fixtures/model-server.ts'

const SPACES = [MAIN_SPACE, 'work', 'club'] as const

/** A sidecar whose model searches and lists memory before each answer, and saves what it is told to. */
async function begin() {
  const bench = await startScripted(
    (messages) => {
      const words = lastWords(messages)
      if (resultsSince(messages).length > 0 || words.includes('quietly')) return [{ say: 'fine' }]
      if (words.startsWith('Save:')) return [{ call: 'memory_save', args: { text: words.slice(5).trim() } }]
      return [
        { call: 'memory_search', args: { query: words, limit: 20 } },
        { call: 'memory_search', args: { query: 'codeword', types: ['episode'], limit: 20 } },
        { call: 'memory_list', args: { limit: 50 } },
      ]
    },
    { overrides: { 'memory.dailyTokens': 0 } },
  )
  const { client, workspace, model } = bench
  const open = async (space: string) => (await client.sessions.create({ workspace, mode: 'auto', space })).id
  const turn = async (id: SessionId, text: string) => {
    const screen = await follow(client, id)
    const before = screen.view.turn?.id
    await say(client, id, text)
    await screen.until('rest', (view) => resting(view) && view.turn?.id !== before)
  }
  /** All that a model was shown for this question. */
  const shown = async (id: SessionId, text: string): Promise<string> => {
    const from = model.requests.length
    await turn(id, text)
    return JSON.stringify(model.requests.slice(from))
  }
  return { ...bench, open, turn, shown }
}

test('a session keeps to its space; what is known of the person themselves is known everywhere; it can be put into another', async () => {
  const { client, open, turn, shown } = await begin()
  const main = await open(MAIN_SPACE)
  const work = await open('work')
  expect((await client.sessions.list({})).sessions.map(({ space }) => space)).toEqual(['work', undefined])
  await turn(main, 'My name is Annegret. Remember that the codeword of the garden is tulip.')
  await turn(work, 'Remember that the codeword of the vault is granite.')
  await client.memory.learn()
  expect((await client.memory.list({ space: 'work', types: ['fact'] })).memories).toMatchObject([
    { text: 'The codeword of the vault is granite.' },
  ])

  const asked = await shown(await open('work'), 'What is the codeword?')
  expect(asked).toContain('granite')
  expect(asked).toContain('Annegret')
  expect(asked).not.toContain('tulip')
  expect(await shown(await open(MAIN_SPACE), 'What is the codeword?')).not.toContain('granite')

  // Nor does an agent change or forget what is in another space.
  const [vault] = (await client.memory.list({ space: 'work', types: ['fact'] })).memories
  expect(vault).toBeDefined()

  // What was recalled before is no longer shown, and what is said from here on stays here.
  const moving = await open('work')
  await turn(moving, 'quietly: which codeword has the vault?')
  await client.sessions.configure({ sessionId: moving, space: MAIN_SPACE })
  expect((await client.sessions.get({ sessionId: moving })).summary.space).toBeUndefined()
  expect(await shown(moving, 'quietly: go on')).not.toContain('granite')
  await client.sessions.configure({ sessionId: moving, space: 'club' })
  await turn(moving, 'Remember that the codeword of the boat is heron.')
  // Put away before anything was learned: it belongs to where it was said.
  await client.sessions.configure({ sessionId: moving, space: 'work' })
  await client.memory.learn()
  expect((await client.memory.list({ space: 'club', types: ['fact'] })).memories.map(({ text }) => text)).toEqual([
    'The codeword of the boat is heron.',
  ])
})

test('a running turn keeps its space', async () => {
  let go = (): void => {}
  const until = new Promise<void>((resolve) => {
    go = resolve
  })
  const { client, workspace } = await startScripted(() => [{ until }, { say: 'fine' }])
  const { id } = await client.sessions.create({ workspace })
  const screen = await follow(client, id)
  await say(client, id, 'Take your time')
  await screen.until('running', (view) => view.turn?.state === 'streaming' || view.turn?.state === 'assembling')
  await expect(client.sessions.configure({ sessionId: id, space: 'work' })).rejects.toMatchObject({
    data: { code: 'session.busy' },
  })
  go()
  await screen.until('rest', resting)
})

type Step = { how: 'say' | 'save' | 'ask'; session: number; what: number }
const step = fc.record<Step>({
  how: fc.constantFrom('say', 'save', 'ask'),
  session: fc.nat(SPACES.length - 1),
  what: fc.nat(3),
})
const THINGS = ['garden', 'vault', 'boat', 'attic']

test('whatever is said, saved and asked, nothing of one space is shown in another', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 10 }), async (steps) => {
      const { client, sidecar, open, turn, shown } = await begin()
      const sessions = await Promise.all(SPACES.map(open))
      let count = 0
      for (const { how, session, what } of steps) {
        const [id, space] = [sessions[session]!, SPACES[session]!]
        const others = SPACES.filter((other) => other !== space)
        const words = `codeword of the ${THINGS[what]} is ${space}zz${++count}`
        if (how === 'say') await turn(id, `Remember that the ${words}. quietly`)
        else if (how === 'save') await turn(id, `Save: the ${words}`)
        else {
          await client.memory.learn()
          for (const asker of [id, await open(space)]) {
            const seen = await shown(asker, `Which codeword has the ${THINGS[what]}?`)
            for (const other of others) expect(seen).not.toContain(`${other}zz`)
          }
        }
      }
      await client.memory.learn()
      for (const space of SPACES)
        for (const { text } of (await client.memory.list({ space, limit: 100 })).memories) expect(text).toContain(`${space}zz`)
      await sidecar.stop()
    }),
    { numRuns: Number(process.env.OXBOW_RUNS ?? 4), endOnFailure: true },
  )
}, 180_000)
