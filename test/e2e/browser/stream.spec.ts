import { expect, gate, Screen, test } from './oxbow.ts'

test('Escape stops the answer and keeps its words', async ({ oxbow, page }) => {
  const model = await oxbow.scripted(() => [{ say: 'So far so good ' }, { hang: true }])
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  await screen.say('Tell me a long story')
  await expect(screen.answers).toContainText('So far so good')
  await expect(screen.stop).toBeVisible()
  expect(model.open).toBe(1)

  await page.keyboard.press('Escape')
  await expect(page.getByText('You stopped this turn.')).toBeVisible()
  await expect(screen.stop).toHaveCount(0)
  await expect(screen.answers).toContainText('So far so good')
  await expect.poll(() => model.open).toBe(0)
})

test('a reload in mid-stream keeps the words, and they go on', async ({ oxbow, page }) => {
  const [more, last] = [gate(), gate()]
  const model = await oxbow.scripted(() => [
    { say: 'Words before the reload. ' },
    { until: more.promise },
    { say: 'Words after it. ' },
    { until: last.promise },
    { say: 'The end.' },
  ])
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  await screen.say('Tell me a story')
  await expect(screen.answers).toHaveText('Words before the reload.')

  await page.reload()
  await screen.online()
  await expect(screen.answers).toHaveText('Words before the reload.')
  await expect(screen.stop).toBeVisible()
  more.resolve()
  await expect(screen.answers).toHaveText('Words before the reload. Words after it.')
  last.resolve()
  await expect(screen.answers).toHaveText('Words before the reload. Words after it. The end.')
  await expect(screen.stop).toHaveCount(0)
  await expect(screen.asked).toHaveText(['Tell me a story'])
  expect(model.requests).toHaveLength(1)
})
