import { expect, Screen, test } from './oxbow.ts'
import { violations } from './violations.ts'

// A trace of axe at work is large and says nothing that its findings do not.
test.use({ trace: 'off' })

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme })

    test('memory is kept, found with its reason, corrected, pinned and forgotten', async ({ oxbow, page }) => {
      const { link } = await oxbow.start()
      await new Screen(page).open(link)
      await page.getByRole('button', { name: 'Memory' }).click()
      const pane = page.getByTestId('memory-pane')
      await expect(pane.getByText('Nothing is remembered here yet.')).toBeVisible()
      for (const text of ['Anna drinks green tea in the morning', 'The car needs new tyres before winter']) {
        await pane.getByLabel('Something to remember').fill(text)
        await pane.getByRole('button', { name: 'Remember' }).click()
        await expect(pane.getByText(text)).toBeVisible()
      }
      await pane.getByLabel('Search memory').fill('what tea does Anna drink')
      const first = pane.getByTestId('memory').first()
      await expect(first).toContainText('Found by words #1')
      await expect(first).toContainText('green tea')

      await first.getByRole('button', { name: 'Edit' }).click()
      await first.getByLabel('Text of the memory').fill('Anna drinks black tea in the morning')
      await first.getByRole('button', { name: 'Save' }).click()
      await expect(first.getByRole('paragraph').first()).toContainText('black tea')
      await first.getByRole('button', { name: 'History' }).click()
      await expect(first.getByLabel('Versions')).toContainText('green tea')
      await first.getByRole('button', { name: 'Pin' }).click()
      await expect(first.getByRole('button', { name: 'Take the pin off' })).toBeVisible()

      await first.getByRole('button', { name: 'Forget' }).click()
      expect(await violations(page)).toEqual([])
      if (process.env.OXBOW_SHOTS) await page.screenshot({ path: `${process.env.OXBOW_SHOTS}/memory-${colorScheme}.png` })
      await first.getByRole('button', { name: 'Forget it' }).click()
      await expect(pane.getByText('black tea')).toHaveCount(0)
      await pane.getByLabel('Search memory').fill('')
      await expect(pane.getByTestId('memory')).toHaveCount(1)
    })
  })
}
