import { startModelServer } from '../../fixtures/model-server.ts'
import { expect, Screen, test } from './oxbow.ts'
import { violations } from './violations.ts'

// A trace of axe at work is large and says nothing that its findings do not.
test.use({ trace: 'off' })

const KEY = 'planted-key-0123456789'

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme })

    test('a provider is added with its key, tried, chosen and removed; models are found by what they can do', async ({
      oxbow,
      page,
    }) => {
      const server = await startModelServer(() => [{ say: 'Hello from your own server.' }])
      const { link } = await oxbow.start()
      const screen = new Screen(page)
      await screen.open(link)
      await page.getByTestId('model-picker').click()
      await page.getByRole('button', { name: 'Add a provider or a key' }).click()
      const pane = page.getByRole('region', { name: 'Models', exact: true })

      await pane.getByRole('button', { name: 'Add a provider' }).click()
      await pane.getByLabel('Provider', { exact: true }).selectOption({ label: 'Another server…' })
      await pane.getByLabel('Name').fill('mine')
      await pane.getByLabel('Address').fill(server.url)
      await pane.getByLabel('Models (else it is asked)').fill('small')
      await pane.getByLabel('Key, if it wants one').fill(KEY)
      expect(await violations(page)).toEqual([])
      await pane.getByRole('button', { name: 'Add and test' }).click()
      await expect(pane.getByTestId('trial-mine')).toContainText('mine/small answered')
      await expect(pane.getByText('key in secrets.toml, 1 model')).toBeVisible()
      expect(await page.content()).not.toContain(KEY)

      await pane.getByLabel('Find a model').fill('opus 4.8')
      await pane.getByLabel('Capability').selectOption('pdf')
      await expect(pane.getByRole('cell', { name: 'anthropic/claude-opus-4-8' })).toBeVisible()
      await expect(pane.getByRole('cell', { name: '$5 / $25' }).first()).toBeVisible()
      await pane.getByLabel('Price of a million tokens in').selectOption('500000')
      await expect(pane.getByText('No model is like that.')).toBeVisible()
      expect(await violations(page)).toEqual([])

      await page.getByRole('button', { name: 'Close' }).click()
      await page.getByTestId('model-picker').click()
      await page.getByRole('option', { name: 'small' }).click()
      await screen.say('hi')
      await expect(screen.answers).toContainText('Hello from your own server.')

      await page.getByRole('button', { name: 'Settings and checks' }).click()
      await pane.getByRole('button', { name: 'Remove mine' }).click()
      await expect(pane.getByText('key in secrets.toml')).toHaveCount(0)
      await server.close()
    })
  })
}
