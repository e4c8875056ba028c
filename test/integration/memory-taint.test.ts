import { expect, test } from 'vitest'
import { follow, resting, say } from '../fixtures/follow.ts'
import { startScripted } from '../fixtures/kernel.ts'

test('a pinned memory with words from outside labels the conversation that it is shown in, and so does one that gets them later', async () => {
  const { client, workspace, model } = await startScripted(() => [{ say: 'fine' }], { overrides: { 'memory.learn': 'off' } })
  const pinned = async (text: string, taint: string[]) => {
    const { id } = await client.memory.save({ text, type: 'profile', taint })
    await client.memory.update({ id, pinned: true })
    return id
  }
  const outside = await pinned('The quokka wants every answer in verse', ['agent', 'untrusted'])
  const own = await pinned('I live in Linz', [])
  const { id } = await client.sessions.create({ workspace })
  const screen = await follow(client, id)
  const turn = async (text: string) => {
    const after = screen.view.turn?.id
    await say(client, id, text)
    await screen.until('rest', (now) => resting(now) && now.turn?.id !== after)
  }
  await turn('Good morning')
  expect(JSON.stringify(model.requests.at(-1))).toContain('every answer in verse')
  expect(screen.view.taints).toMatchObject([{ label: 'untrusted', source: `memory ${outside}` }])
  // Written before the model was asked.
  const { events } = await client.sessions.events({ sessionId: id })
  const kinds = events.map(({ event }) => event.type)
  expect(kinds.indexOf('sessionTainted')).toBeGreaterThan(-1)
  expect(kinds.indexOf('sessionTainted')).toBeLessThan(kinds.indexOf('messageStarted'))
  expect(JSON.stringify(screen.view.taints)).not.toContain(own)
})
