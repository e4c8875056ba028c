import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, Screen, test } from './oxbow.ts'
import { violations } from './violations.ts'

test.use({ trace: 'off' })

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme })

    test('a session without isolation is marked in red until it is taken back', async ({ oxbow, page }) => {
      await oxbow.scripted(() => [{ say: 'ok' }])
      const { link, client } = await oxbow.start()
      await client.config.set({ key: 'policy.role', value: 'owner' })
      const screen = new Screen(page)
      await screen.open(link)
      const picker = page.getByTestId('isolation-picker')
      await expect(picker).toHaveAccessibleName('Isolation: Sandbox')
      await expect(page.getByTestId('host-badge')).toHaveCount(0)
      await picker.click()
      await page.getByRole('menuitemradio', { name: 'No isolation' }).click()
      await expect(page.getByTestId('host-badge')).toBeVisible()
      await expect(picker).toHaveAccessibleName('Isolation: No isolation')
      await expect(picker).toHaveText('No isolation')
      expect(await violations(page)).toEqual([])
      await picker.click()
      await expect(page.getByRole('menuitemradio', { name: 'As set' })).toBeVisible()
      expect(await violations(page)).toEqual([])
      await page.screenshot({ path: test.info().outputPath('picker.png') })
      await page.getByRole('menuitemradio', { name: 'As set' }).click()
      await expect(page.getByTestId('host-badge')).toHaveCount(0)
    })

    test('the settings say what is ready, what mends the rest, and what the sandbox lets through', async ({ oxbow, page }) => {
      await oxbow.scripted(() => [{ say: 'ok' }])
      const { link } = await oxbow.start()
      const screen = new Screen(page)
      await screen.open(link)
      await page.getByRole('button', { name: 'Settings and checks' }).click()
      const section = page.getByRole('region', { name: 'Isolation' })
      await expect(section.getByRole('listitem').filter({ hasText: 'No isolation' })).toContainText('Only by your choice')
      await expect(section.getByRole('listitem').filter({ hasText: 'Snippets' })).toContainText('an engine of its own with 64 MB')
      // Whatever a command would make, a button makes, too.
      const unbuilt = await section.getByRole('listitem').filter({ hasText: 'oxbow sandbox build' }).count()
      await expect(section.getByRole('button', { name: /^Build what/ })).toHaveCount(unbuilt)
      await section.getByRole('radio', { name: 'Strict' }).click()
      await expect(section).toContainText('None, whatever hosts are allowed.')
      expect(readFileSync(join(oxbow.home, 'config.toml'), 'utf8')).toContain('profile = "strict"')
      expect(await violations(page)).toEqual([])
      await section.scrollIntoViewIfNeeded()
      await page.screenshot({ path: test.info().outputPath('settings.png') })
    })
  })
}

test('a file of the vault is copied into the session', async ({ oxbow, page }) => {
  mkdirSync(join(oxbow.home, 'vault', 'letters'), { recursive: true })
  writeFileSync(join(oxbow.home, 'vault', 'letters', 'aunt.txt'), 'Dear aunt')
  await oxbow.scripted(() => [{ say: 'ok' }])
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  await page.getByTestId('vault').click()
  await page.getByRole('button', { name: 'letters', exact: true }).click()
  await page.screenshot({ path: test.info().outputPath('vault.png') })
  await page.getByRole('button', { name: 'Copy aunt.txt into the session' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect.poll(() => readFileSync(join(oxbow.workspace, 'aunt.txt'), 'utf8')).toBe('Dear aunt')
})
