import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, Screen, test } from './oxbow.ts'
import { violations } from './violations.ts'

// A trace of axe at work is large and says nothing that its findings do not.
test.use({ trace: 'off' })

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme })

    test('notes are listed, found, read and followed; the tabs of the calendar and of conversations open', async ({
      oxbow,
      page,
    }) => {
      const { link } = await oxbow.start()
      const folder = join(oxbow.home, 'knowledge')
      mkdirSync(folder, { recursive: true })
      writeFileSync(
        join(folder, 'garden.md'),
        '---\ntags: [garden]\n---\n# Garden plan\nBulbs come from [[suppliers|the shop]].\n\n## Tulips\nThe depth is **three times** the height.',
      )
      writeFileSync(join(folder, 'suppliers.md'), '---\ntaint: [untrusted]\n---\n# Suppliers\nThe shop in Lisse.')
      const screen = new Screen(page)
      await screen.open(link)
      await page.getByRole('button', { name: 'Memory' }).click()
      const pane = page.getByTestId('memory-pane')
      await pane.getByRole('button', { name: 'Knowledge' }).click()
      await expect(pane.getByTestId('note')).toHaveCount(2)
      await expect(pane.getByTestId('note').nth(1)).toContainText('not from you: untrusted')
      await pane.getByLabel('Search notes').fill('"three times"')
      await expect(pane.getByTestId('piece').first()).toContainText('Garden plan › Tulips')
      await pane.getByTestId('piece').first().getByRole('button').click()
      await expect(pane.getByTestId('note-text').locator('strong')).toHaveText('three times')
      await expect(pane.getByTestId('note-text')).toContainText('Bulbs come from the shop.')
      expect(await violations(page)).toEqual([])
      if (process.env.OXBOW_SHOTS) await page.screenshot({ path: `${process.env.OXBOW_SHOTS}/knowledge-${colorScheme}.png` })
      await pane.getByLabel('Links to').getByRole('button', { name: 'suppliers.md' }).click()
      await expect(pane.getByLabel('Linked from').getByRole('button', { name: 'garden.md' })).toBeVisible()
      await pane.getByRole('button', { name: 'Calendar' }).click()
      await expect(pane.getByText('There is nothing in it.')).toBeVisible()
      await pane.getByRole('button', { name: 'Conversations' }).click()
      await pane.getByLabel('Search conversations').fill('tulips')
      await expect(pane.getByText('Nothing was found.')).toBeVisible()
    })
  })
}
