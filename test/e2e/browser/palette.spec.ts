import { expect, gate, Screen, test } from './oxbow.ts'

test('everything is reached by its name: sessions, theme, stopping a turn', async ({ oxbow, page }) => {
  const never = gate()
  await oxbow.scripted(() => [{ say: 'Working ' }, { until: never.promise }])
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  const palette = page.getByTestId('palette')
  const choose = async (name: string): Promise<void> => {
    await page.keyboard.press('ControlOrMeta+k')
    await palette.getByRole('combobox').fill(name)
    await page.keyboard.press('Enter')
    await expect(palette).toHaveCount(0)
  }

  await screen.say('think about the moon')
  await expect(screen.answers).toContainText('Working')
  await choose('Stop turn')
  await expect(screen.stop).toHaveCount(0)

  await choose('Theme: dark')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')

  await choose('New session')
  await choose('think about the moon')
  await expect(screen.asked).toHaveText(['think about the moon'])

  await page.keyboard.press('ControlOrMeta+k')
  await palette.getByRole('combobox').fill('no such thing')
  await expect(palette).toContainText('Nothing of that name')
  await page.keyboard.press('Escape')
  await expect(palette).toHaveCount(0)
  never.resolve()
})
