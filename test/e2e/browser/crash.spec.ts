import { expect, Screen, test } from './oxbow.ts'

test('a sidecar killed in mid-stream comes back by itself, and the turn can go on', async ({ oxbow, page }) => {
  let asked = 0
  const model = await oxbow.scripted(() =>
    ++asked === 1
      ? [{ say: 'Half of the answer, ' }, { wait: 600 }, { say: 'not' }, { hang: true }]
      : [{ say: 'and the other half.' }],
  )
  const { link, sidecarPid } = await oxbow.startSupervised()
  const screen = new Screen(page)
  await screen.open(link)
  await screen.say('Tell me all')
  // What was said 250 ms before is on the disk by now.
  await expect(screen.answers).toContainText('Half of the answer, not')

  const first = sidecarPid()
  process.kill(first, 'SIGKILL')
  const again = page.getByTestId('continue')
  await expect(again).toBeVisible({ timeout: 30_000 })
  await screen.online()
  expect(sidecarPid()).not.toBe(first)
  await expect(page.getByText('Oxbow stopped before this turn was done')).toBeVisible()
  await expect(screen.asked).toHaveText(['Tell me all'])
  await expect(screen.answers).toContainText('Half of the answer,')
  expect(model.requests).toHaveLength(1)

  await again.click()
  await expect(screen.answers.last()).toContainText('and the other half.')
  await expect(again).toHaveCount(0)
  await expect(screen.answers.first()).toContainText('Half of the answer,')
  expect(JSON.stringify(model.requests.at(-1))).toContain('Half of the answer,')
})
