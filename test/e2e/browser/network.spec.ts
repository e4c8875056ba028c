import { expect, Screen, test } from './oxbow.ts'
import { violations } from './violations.ts'

test.use({ trace: 'off' })

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme })

    test('hosts are allowed and secrets kept in the settings, and a value is not shown again', async ({ oxbow, page }) => {
      await oxbow.scripted(() => [{ say: 'ok' }])
      const { link } = await oxbow.start()
      await new Screen(page).open(link)
      await page.getByRole('button', { name: 'Settings and checks' }).click()
      const network = page.getByRole('region', { name: 'Network' })
      await network.getByRole('textbox', { name: 'Host' }).fill('*.Example.com')
      await network.getByRole('button', { name: 'Allow host' }).click()
      await expect(network.getByRole('listitem')).toContainText('*.example.com')

      const secrets = page.getByRole('region', { name: 'Secrets' })
      await secrets.getByRole('textbox', { name: 'Name of the secret' }).fill('github')
      await secrets.getByLabel('Value of the secret').fill('planted-value-in-the-window')
      await secrets.getByRole('textbox', { name: 'Hosts it may go to' }).fill('api.github.com, uploads.github.com')
      await secrets.getByRole('button', { name: 'Keep secret' }).click()
      await expect(secrets.getByRole('listitem')).toContainText('api.github.com, uploads.github.com')
      await expect(secrets.getByLabel('Value of the secret')).toHaveValue('')
      expect(await page.content()).not.toContain('planted-value-in-the-window')

      expect(await violations(page)).toEqual([])
      await secrets.scrollIntoViewIfNeeded()
      await page.screenshot({ path: test.info().outputPath('network.png') })

      await network.getByRole('button', { name: 'Remove the host *.example.com' }).click()
      await expect(network.getByRole('listitem')).toHaveCount(0)
      await secrets.getByRole('button', { name: 'Forget the secret github' }).click()
      await expect(secrets.getByRole('listitem')).toHaveCount(0)
    })
  })
}
