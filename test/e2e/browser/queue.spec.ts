import { lastWords } from '../../fixtures/model-server.ts'
import { expect, gate, Screen, test } from './oxbow.ts'

test('messages sent meanwhile wait in order, and one can be taken back', async ({ oxbow, page }) => {
  const first = gate()
  const model = await oxbow.scripted((messages) => {
    const words = lastWords(messages)
    return words === 'one' ? [{ say: 'Answering ' }, { until: first.promise }, { say: 'one.' }] : [{ say: `Answering ${words}.` }]
  })
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  await screen.say('one')
  await expect(screen.answers).toHaveText('Answering')
  await screen.say('two')
  await screen.say('three')
  const waiting = screen.queue.getByRole('listitem')
  await expect(waiting).toContainText(['two', 'three'])

  await waiting.filter({ hasText: 'two' }).getByRole('button', { name: 'Remove from queue' }).click()
  await expect(waiting).toHaveCount(1)
  await expect(waiting).toContainText('three')
  expect(model.requests).toHaveLength(1)

  first.resolve()
  await expect(screen.answers).toHaveText(['Answering one.', 'Answering three.'])
  await expect(screen.asked).toHaveText(['one', 'three'])
  await expect(screen.queue).toHaveCount(0)
  expect(model.requests.map(lastWords)).toEqual(['one', 'three'])
})

test('a message sent with Ctrl+Enter joins the running turn between two steps', async ({ oxbow, page }) => {
  const first = gate()
  const model = await oxbow.scripted((messages) =>
    JSON.stringify(messages).includes('shorter')
      ? [{ say: 'Short.' }]
      : [{ say: 'Looking ' }, { until: first.promise }, { call: 'ls', args: {} }],
  )
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  await screen.say('look around')
  await expect(screen.answers).toContainText('Looking')
  await screen.composer.fill('make it shorter')
  await screen.composer.press('ControlOrMeta+Enter')
  await expect(screen.queue).toContainText('joins at the next step')
  first.resolve()
  await expect(screen.answers.last()).toContainText('Short.')
  await expect(screen.asked).toHaveText(['look around', 'make it shorter'])
  await expect(screen.queue).toHaveCount(0)
  expect(model.requests).toHaveLength(2)
})
