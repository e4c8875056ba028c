import { expect, Screen, test } from './oxbow.ts'
import { violations } from './violations.ts'

// A trace of axe at work is large and says nothing that its findings do not.
test.use({ trace: 'off' })

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme })

    test('the settings say what embeds memories, and choose another', async ({ oxbow, page }) => {
      test.slow()
      const { link } = await oxbow.start()
      await new Screen(page).open(link)
      await page.getByRole('button', { name: 'Settings' }).click()
      const section = page.getByRole('region', { name: 'Memory', exact: true })
      await expect(section.getByText(/embedding@.* serves: 256 dimensions/)).toBeVisible({ timeout: 30_000 })
      await section.getByRole('combobox', { name: 'Embedder' }).selectOption('folder')
      await section.getByRole('textbox', { name: 'Folder' }).fill('/nowhere')
      await section.getByRole('button', { name: 'Use' }).click()
      await expect(section.getByRole('alert')).toContainText('cannot be read')
      await section.getByRole('combobox', { name: 'Embedder' }).selectOption('endpoint')
      expect(await violations(page)).toEqual([])
      await section.scrollIntoViewIfNeeded()
      if (process.env.OXBOW_SHOTS) await page.screenshot({ path: `${process.env.OXBOW_SHOTS}/embedder-${colorScheme}.png` })
      await section.getByRole('combobox', { name: 'Embedder' }).selectOption('hashing')
      await section.getByRole('button', { name: 'Use' }).click()
      await expect(section.getByText(/hashing-256@1 serves/)).toBeVisible({ timeout: 30_000 })
    })
  })
}
