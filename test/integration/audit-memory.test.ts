import { expect, test } from 'vitest'
import { follow, resting, say } from '../fixtures/follow.ts'
import { startScripted } from '../fixtures/kernel.ts'
import type { AskedMessage } from '../fixtures/model-server.ts'

const isLearning = (messages: readonly AskedMessage[]): boolean =>
  JSON.stringify(messages[0]?.content ?? '').includes('note what the agent should still know')

test('what Oxbow learns, merges, supersedes and forgets by itself is recorded by id and digest, never by its words', async () => {
  const learned = ['My editor is Helix', 'My dog is called Bruno']
  const { client, workspace } = await startScripted((messages) =>
    isLearning(messages)
      ? [{ call: 'remember', args: { memories: [{ text: learned.shift()!, type: 'fact', importance: 0.8 }] } }]
      : [{ say: 'fine' }],
  )
  const { id: session } = await client.sessions.create({ workspace, mode: 'auto' })
  const screen = await follow(client, session)
  await say(client, session, 'My editor is Helix.')
  await screen.until('rest', (view) => resting(view) && view.turn !== undefined)
  expect(await client.memory.learn()).toMatchObject({ saved: 1 })
  const [first] = (await client.memory.list({})).memories
  for (const text of [
    'The bakery on Mill Road opens at seven',
    'The bakery on Mill Road opens at seven.',
    'The office Wi-Fi is called Heron',
  ])
    await client.memory.save({ text, type: 'fact' })
  await client.memory
    .save({ text: 'The key of the shop is sk-proj-abcdefghijklmnop1234567890', type: 'fact' })
    .catch(() => undefined)
  await client.memory.dream({})
  await expect.poll(async () => (await client.memory.dreams({})).dreams[0]?.state, { timeout: 60_000 }).toBe('done')

  const { entries } = await client.audit.list({ kind: 'memory', limit: 500 })
  const byItself = entries.filter(({ actor }) => actor === 'oxbow')
  expect(byItself.find(({ outcome }) => outcome === 'learned')).toMatchObject({
    title: 'Memory learned',
    session,
    data: { ids: first!.id, space: first!.space, sha256: expect.stringMatching(/^[\w-]{43}$/) },
  })
  const { dreams } = await client.memory.dreams({})
  const merged = byItself.find(({ outcome }) => outcome === 'merged')
  expect(merged).toMatchObject({ title: 'Memories merged in a dream', data: { dream: dreams[0]!.id } })
  expect(String(merged!.data!.ids).split(' ')).toHaveLength(2)
  const { changes } = await client.memory.dreamReport({ id: dreams[0]!.id })
  expect(byItself.filter(({ data }) => data?.dream === dreams[0]!.id)).toHaveLength(changes.length)
  expect(JSON.stringify(entries)).not.toMatch(/Helix|bakery|Heron|sk-proj/)
  expect(await client.audit.verify()).toMatchObject({ ok: true })
}, 120_000)
