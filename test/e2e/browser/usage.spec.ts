import { readFileSync } from 'node:fs'
import { expect, Screen, test } from './oxbow.ts'
import { violations } from './violations.ts'

// A trace of axe at work is large and says nothing that its findings do not.
test.use({ trace: 'off' })

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme })

    test('usage is seen at the composer and in the pane; a budget is set, ends a turn, and is raised', async ({
      oxbow,
      page,
    }) => {
      await oxbow.scripted(() => [{ say: 'hello there' }])
      const { link } = await oxbow.start()
      const screen = new Screen(page)
      await screen.open(link)
      const pane = page.getByTestId('usage-pane')
      await page.getByRole('button', { name: 'Usage and budgets' }).click()
      await expect(pane.getByText('No budget is set')).toBeVisible()
      await expect(pane.getByText('No model was called in this time')).toBeVisible()
      expect(await violations(page)).toEqual([])

      await pane.getByRole('button', { name: 'New budget' }).click()
      await pane.getByLabel('At most').fill('1')
      await pane.getByLabel('Unit').selectOption('calls')
      await pane.getByLabel('Begins anew').selectOption('never')
      await pane.getByRole('button', { name: 'Set budget' }).click()
      await expect(pane.getByText('0 calls used (0 %)')).toBeVisible()
      await pane.getByRole('button', { name: 'Close' }).click()

      await screen.say('hello')
      await expect(screen.answers).toContainText('hello there')
      const meter = page.getByTestId('meter')
      await expect(meter).toHaveAttribute('aria-label', /1 call of unknown price, 1 call of 1 call in all used/)
      await screen.say('again')
      await expect(page.getByText('The budget of 1 call in all has 0 calls left')).toBeVisible()
      await meter.click()
      await expect(page.getByRole('dialog', { name: 'Use of this session' })).toContainText('10 tokens in (0 from cache), 5 out')
      expect(await violations(page)).toEqual([])
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Budgets', exact: true }).click()

      await pane.getByRole('button', { name: 'Change' }).click()
      await pane.getByLabel('At most').fill('5')
      await pane.getByRole('button', { name: 'Save' }).click()
      await expect(pane.getByText('1 call used (20 %)')).toBeVisible()
      await expect(pane.getByTestId('usage-total')).toHaveText('1 call of unknown price · 15 tokens · 1 call')
      await pane.getByText('Model', { exact: true }).first().click()
      await expect(pane.getByRole('rowheader', { name: 'scripted/model' })).toBeVisible()
      await expect(pane.getByText('No price is known for these calls')).toBeVisible()
      await pane.getByText('Tokens', { exact: true }).first().click()
      await expect(pane.getByRole('img', { name: 'tokens by model' }).locator('canvas')).toBeVisible()
      expect(await violations(page)).toEqual([])

      const [file] = await Promise.all([page.waitForEvent('download'), pane.getByRole('button', { name: 'CSV' }).click()])
      expect(readFileSync(await file.path(), 'utf8')).toMatch(/^at,day,.*\r\n.*,scripted\/model,turn,settled,10,5,0,0,,\r\n$/)

      await pane.getByRole('button', { name: 'Close' }).click()
      await page.getByTestId('continue').click()
      await expect(screen.answers.last()).toContainText('hello there')
    })
  })
}
