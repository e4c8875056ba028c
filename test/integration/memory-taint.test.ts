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

test('a word that only labelled memories hold comes into no conversation by the index', async () => {
  const { client, workspace, model } = await startScripted(() => [{ say: 'fine' }], { overrides: { 'memory.learn': 'off' } })
  const save = (text: string, taint: string[]) => client.memory.save({ text, type: 'fact', taint })
  // Nothing of these is near to what is asked first.
  await save('The quokka eats leaves at dawn', ['untrusted'])
  await save('A quokka sleeps under bushes', ['untrusted'])
  await save('The invoice of Meierhofer is unpaid', ['private'])
  await save('Meierhofer sent another invoice', ['private'])
  for (const text of ['My garden has a pond', 'The garden faces south']) await save(text, [])
  await save('A garden in a book had a wall', ['untrusted'])
  const { id } = await client.sessions.create({ workspace })
  const screen = await follow(client, id)
  const turn = async (text: string) => {
    const after = screen.view.turn?.id
    await say(client, id, text)
    await screen.until('rest', (now) => resting(now) && now.turn?.id !== after)
  }
  await turn('Seven times six?')
  const shown = JSON.stringify(model.requests.at(-1))
  expect(shown).toContain('garden (')
  for (const word of ['quokka', 'meierhofer']) expect(shown).not.toContain(`${word} (`)
  // A memory that is shown as a whole brings its own label.
  expect((screen.view.taints ?? []).filter(({ label }) => label === 'untrusted')).toEqual([])
  // A person sees them, with where they come from.
  const { topics } = await client.memory.topics({})
  expect(topics.find(({ topic }) => topic === 'quokka')).toMatchObject({ memories: 2, taint: ['untrusted'] })
  expect(topics.find(({ topic }) => topic === 'meierhofer')).toMatchObject({ taint: ['private'] })
  expect(topics.find(({ topic }) => topic === 'garden')).not.toHaveProperty('taint')
})
