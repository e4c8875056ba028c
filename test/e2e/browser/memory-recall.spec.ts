import type { Page } from '@playwright/test'
import { expect, Screen, test } from './oxbow.ts'
import { violations } from './violations.ts'

// A trace of axe at work is large and says nothing that its findings do not.
test.use({ trace: 'off' })

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme })

    test('what is recalled is shown under the message, corrected, pinned and forgotten there; what is unsure is asked', async ({
      oxbow,
      page,
    }) => {
      await oxbow.scripted(() => [{ say: 'fine' }])
      const { link, client } = await oxbow.start()
      await client.config.set({ key: 'memory.daily_tokens', value: 0 })
      await client.memory.save({ text: 'I prefer tea', type: 'preference' })
      await client.memory.save({ text: 'My name is Anna', type: 'profile' })
      const screen = new Screen(page)
      await screen.open(link)
      await screen.say('I prefer coffee')
      const line = page.getByTestId('recalled')
      await expect(line).toHaveText(/recalled 2 memories/)
      await line.click()
      const tea = page.getByTestId('recalled-memory').filter({ hasText: 'I prefer tea' })
      await tea.getByRole('button', { name: 'Pin', exact: true }).click()
      await expect(tea.getByRole('button', { name: 'Take the pin off' })).toBeVisible()
      const name = page.getByTestId('recalled-memory').filter({ hasText: 'Anna' })
      await name.getByRole('button', { name: 'Wrong' }).click()
      await name.getByLabel('What is right').fill('My name is Anna Berg')
      await name.getByRole('button', { name: 'Correct' }).click()
      await expect(name.getByText('My name is Anna Berg')).toBeVisible()
      await noneSerious(page)
      if (process.env.OXBOW_SHOTS) await page.screenshot({ path: `${process.env.OXBOW_SHOTS}/recalled-${colorScheme}.png` })
      await name.getByRole('button', { name: 'Forget' }).click()
      await expect(page.getByText('One was forgotten since.')).toBeVisible()

      await client.memory.learn()
      await page.getByRole('button', { name: 'Memory', exact: true }).click()
      const pane = page.getByTestId('memory-pane')
      const question = pane.getByTestId('memory-question')
      await expect(question).toContainText('I prefer coffee')
      await expect(question).toContainText('Remembered: I prefer tea')
      const row = pane.getByTestId('memory').first()
      await row.getByRole('button', { name: 'Strength' }).click()
      await expect(row.getByRole('img', { name: 'Strength over time' })).toBeVisible()
      await noneSerious(page)
      if (process.env.OXBOW_SHOTS) await page.screenshot({ path: `${process.env.OXBOW_SHOTS}/questions-${colorScheme}.png` })
      await question.getByRole('button', { name: 'Replace' }).click()
      await expect(question).toHaveCount(0)
      await expect(pane.getByTestId('memory')).toContainText(['I prefer coffee'])
    })
  })
}

async function noneSerious(page: Page): Promise<void> {
  expect(await violations(page)).toEqual([])
}
