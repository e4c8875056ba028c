import { expect, Screen, test } from './oxbow.ts'
import { violations } from './violations.ts'

const ANSWER =
  '## A plan\n\nSome `code`, a [link](https://example.org) and a list:\n\n- [ ] one\n- two\n\n' +
  '| a | b |\n|---|---|\n| 1 | 2 |\n\n```ts\nconst answer: number = 42 // why\n```\n\nNow I write it down.'

// A trace of axe at work is large and says nothing that its findings do not.
test.use({ trace: 'off' })

const GROUNDS = { light: 'rgb(255, 255, 255)', dark: 'rgb(24, 24, 23)' }

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme })

    test('axe finds nothing serious in an empty session, a chat with a question, and the settings', async ({ oxbow, page }) => {
      await oxbow.scripted(() => [{ say: ANSWER }, { call: 'write', args: { path: 'plan.md', content: 'one\ntwo\n' } }])
      const { link } = await oxbow.start()
      const screen = new Screen(page)
      await screen.open(link)
      await expect(page.locator('body')).toHaveCSS('background-color', GROUNDS[colorScheme])
      expect(await violations(page)).toEqual([])

      await screen.say('Make a plan')
      await expect(screen.approval).toBeVisible()
      await expect(screen.answers.locator('pre span[style]').first()).toBeVisible()
      await expect(page.getByTestId('session-list')).toContainText('Make a plan')
      expect(await violations(page)).toEqual([])

      await page.getByRole('button', { name: 'Settings and checks' }).click()
      await expect(page.getByRole('region', { name: 'Checks' }).getByRole('listitem').first()).toBeVisible()
      expect(await violations(page)).toEqual([])
    })
  })
}

test('a window that is made narrow puts its sidebar away, and shows it again when it is wide', async ({ oxbow, page }) => {
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  const sidebar = page.getByRole('navigation', { name: 'Sessions' })
  await page.setViewportSize({ width: 700, height: 800 })
  await expect(sidebar).toHaveCount(0)
  await page.setViewportSize({ width: 1280, height: 800 })
  await expect(sidebar).toBeVisible()
  await sidebar.getByRole('button', { name: 'Hide sessions' }).click()
  await page.setViewportSize({ width: 700, height: 800 })
  await page.setViewportSize({ width: 1280, height: 800 })
  await expect(page.getByRole('button', { name: 'Show sessions' })).toBeVisible()
})
