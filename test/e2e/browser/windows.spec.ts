import { resultsSince } from '../../fixtures/model-server.ts'
import { expect, gate, Screen, test } from './oxbow.ts'

test('two windows on one session show the same, and either may answer', async ({ oxbow, page, context }) => {
  const more = gate()
  await oxbow.scripted((messages) =>
    resultsSince(messages).length > 0
      ? [{ say: 'It is ' }, { until: more.promise }, { say: 'written.' }]
      : [{ say: 'I will write it.' }, { call: 'write', args: { path: 'a.txt', content: 'one\n' } }],
  )
  const { link } = await oxbow.start()
  const left = new Screen(page)
  await left.open(link)
  const right = new Screen(await context.newPage())
  await right.open(page.url())

  await left.say('Write a file')
  for (const { approval, asked } of [left, right]) {
    await expect(asked).toHaveText(['Write a file'])
    await expect(approval).toContainText('a.txt')
  }
  await right.page.getByTestId('approve-once').click()
  for (const { approval, cards, answers, stop } of [left, right]) {
    await expect(approval).toHaveCount(0)
    await expect(cards).toHaveAttribute('data-status', 'done')
    await expect(answers.last()).toHaveText('It is')
    await expect(stop).toBeVisible()
  }
  more.resolve()
  for (const { answers, stop } of [left, right]) {
    await expect(answers.last()).toHaveText('It is written.')
    await expect(stop).toHaveCount(0)
  }
  expect(await right.answers.allInnerTexts()).toEqual(await left.answers.allInnerTexts())
})
