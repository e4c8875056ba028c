import { expect, test } from 'vitest'
import { follow, resting, say } from '../fixtures/follow.ts'
import { startScripted } from '../fixtures/kernel.ts'

test('memories come up as the topic changes, and not before; their labels cling to the conversation', async () => {
  const { client, workspace, model } = await startScripted(() => [{ say: 'fine' }], { overrides: { 'memory.learn': 'off' } })
  await client.memory.save({ text: 'My name is Anna', type: 'profile' })
  const save = async (text: string, taint: string[] = []) => (await client.memory.save({ text, type: 'episode', taint })).id
  const server = await save('The upload server keeps its error log in /var/log/upload.log')
  const bread = await save('The rye flour for the sourdough bread comes from the mill in Kirchberg', ['untrusted'])
  // A turn does not wait for long: the thread that searches is there before it.
  await client.memory.search({ query: 'flour' })
  const { id } = await client.sessions.create({ workspace })
  const screen = await follow(client, id)
  const turn = async (text: string) => {
    const after = screen.view.turn?.id
    await say(client, id, text)
    const view = await screen.until('rest', (now) => resting(now) && now.turn?.id !== after)
    return view.messages.findLast(({ role }) => role === 'user')!
  }
  const first = await turn('The upload server returns an error when I upload a file, where is its log?')
  expect(first.recalled?.found).toEqual([server])
  expect(first.recalled?.hot).toHaveLength(1)
  expect(screen.view.taints ?? []).toEqual([])
  const head = () => JSON.stringify(model.requests.at(-1)!.slice(0, 2))
  const before = head()
  expect((await turn('Where does the upload server write the error log by default?')).recalled).toBeUndefined()
  expect((await turn('yes, please')).recalled).toBeUndefined()
  expect(head()).toBe(before)
  const changed = await turn('I want to bake a sourdough bread with rye flour, where do I get the flour?')
  expect(changed.recalled?.found).toEqual([bread])
  expect(screen.view.taints).toMatchObject([{ label: 'untrusted', source: `memory ${bread}` }])
  expect(JSON.stringify(model.requests.at(-1))).toContain('the mill in Kirchberg')
  // What stood before the change still stands there: what a vendor has cached stays valid.
  expect(head()).toBe(before)
  const { events } = await client.sessions.events({ sessionId: id })
  expect(events.flatMap(({ event }) => (event.type === 'memoryRecalled' ? [event.why] : []))).toEqual(['start', 'topic'])
  expect(JSON.stringify(events)).not.toContain('Kirchberg')
})
