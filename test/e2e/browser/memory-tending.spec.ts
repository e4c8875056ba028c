import type { Page } from '@playwright/test'
import type { RunningSidecar } from '../../fixtures/sidecar-process.ts'
import { expect, Screen, test } from './oxbow.ts'
import { violations } from './violations.ts'

// A trace of axe at work is large and says nothing that its findings do not.
test.use({ trace: 'off' })

async function looked(page: Page, name: string): Promise<void> {
  expect(await violations(page)).toEqual([])
  if (process.env.OXBOW_SHOTS) await page.screenshot({ path: `${process.env.OXBOW_SHOTS}/${name}.png`, fullPage: true })
}

/** Some weeks of a garden, a preference that changed, and the same thing said twice. */
async function seed({ client }: RunningSidecar): Promise<void> {
  const lines: object[] = []
  for (const [week, month] of [
    [4, '04'],
    [11, '04'],
    [4, '05'],
  ] as const)
    for (const day of [0, 1])
      for (const what of ['tulips were planted', 'the fence was painted', 'the pump was mended', 'a nightingale sang'])
        lines.push({
          text: `In the garden ${what} on day ${week + day} of month ${month}`,
          type: 'episode',
          at: `2026-${month}-${String(week + day).padStart(2, '0')}`,
        })
  lines.push(
    { text: 'My favourite soup is borscht', type: 'preference', at: '2026-01-05' },
    { text: 'My favourite soup is ramen', type: 'preference', at: '2026-06-05' },
    { text: 'The shed key hangs behind the door', type: 'fact', at: '2026-02-01' },
    { text: 'The shed key hangs behind the door.', type: 'fact', at: '2026-03-01' },
  )
  await client.memory.import({ jsonl: lines.map((line) => JSON.stringify(line)).join('\n') })
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme })

    test('a dream is reported and taken back; digests open down to what they were made of', async ({ oxbow, page }) => {
      const sidecar = await oxbow.start()
      await seed(sidecar)
      await new Screen(page).open(sidecar.link)
      await page.getByRole('button', { name: 'Memory' }).click()
      const pane = page.getByTestId('memory-pane')
      await pane.getByRole('button', { name: 'Dream now' }).click()
      const dreams = pane.getByTestId('dreams')
      const report = dreams.getByRole('listitem').first().getByRole('button').first()
      await expect(report).toContainText('1 superseded', { timeout: 60_000 })
      await expect(report).toContainText('merged')
      await report.click()
      const superseded = dreams.getByTestId('dream-change').filter({ hasText: 'Superseded' })
      await expect(superseded).toContainText('ramen')
      await expect(superseded).toContainText('Before: My favourite soup is borscht')
      await looked(page, `dreams-${colorScheme}`)
      await expect(pane.getByTestId('memory').filter({ hasText: 'borscht' })).toHaveCount(0)
      await superseded.getByRole('button', { name: 'Undo' }).click()
      await expect(superseded).toContainText('taken back')
      await expect(pane.getByTestId('memory').filter({ hasText: 'borscht' })).toHaveCount(1)

      await pane.getByRole('button', { name: 'Digests', exact: true }).click()
      await pane.getByRole('button', { name: 'What All was made of' }).click()
      await pane.getByRole('button', { name: 'What Month 2026-04 was made of' }).click()
      await pane
        .getByRole('button', { name: /What Week .* was made of/ })
        .first()
        .click()
      await pane
        .getByRole('button', { name: /What Day .* was made of/ })
        .first()
        .click()
      await expect(pane.getByTestId('digest').filter({ hasText: 'Episode' }).first()).toContainText('In the garden')
      await looked(page, `digests-${colorScheme}`)

      await dreams.getByRole('button', { name: /Take back all of it/ }).click()
      await expect(dreams.getByRole('button', { name: /Take back all of it/ })).toHaveCount(0)
      await pane.getByRole('button', { name: 'List', exact: true }).click()
      await expect(pane.getByTestId('memory').filter({ hasText: 'shed key' })).toHaveCount(2)
    })

    test('memories are merged by hand and parted again, protected, filtered by tier and seen in time', async ({
      oxbow,
      page,
    }) => {
      const sidecar = await oxbow.start()
      await seed(sidecar)
      await new Screen(page).open(sidecar.link)
      await page.getByRole('button', { name: 'Memory' }).click()
      const pane = page.getByTestId('memory-pane')
      const row = (text: string) => pane.getByTestId('memory').filter({ hasText: text })
      await row('borscht').getByLabel('Choose to merge').check()
      await expect(pane.getByText('Choose another one')).toBeVisible()
      await row('ramen').getByLabel('Choose to merge').check()
      const text = pane.getByLabel('Text of the merged memory')
      await expect(text).toHaveValue('My favourite soup is borscht. My favourite soup is ramen')
      await looked(page, `merge-${colorScheme}`)
      await text.fill('My favourite soups are borscht and ramen')
      await pane.getByRole('button', { name: 'Merge', exact: true }).click()
      await expect(row('soups are borscht and ramen')).toHaveCount(1)
      await expect(row('soup')).toHaveCount(1)
      await pane.getByRole('status').getByRole('button', { name: 'Undo' }).click()
      await expect(row('soup')).toHaveCount(2)

      await row('ramen').getByRole('button', { name: 'Protection' }).click()
      await row('ramen').getByLabel('permanent').click()
      await expect(row('ramen')).toContainText('protected: permanent')
      await pane.getByLabel('Tier').selectOption('hot')
      await expect(row('ramen')).toHaveCount(1)
      await expect(row('garden')).toHaveCount(0)
      await pane.getByLabel('Tier').selectOption('')

      await pane.getByRole('button', { name: 'Timeline' }).click()
      const timeline = pane.getByTestId('timeline')
      await expect(timeline.getByRole('heading', { level: 2 }).first()).toContainText('2026')
      await expect(timeline.getByRole('region', { name: 'April 2026' }).getByTestId('memory')).toHaveCount(16)
      await looked(page, `timeline-${colorScheme}`)
    })
  })
}

test('a place in a conversation opens the turn it is from', async ({ oxbow, page }) => {
  await oxbow.scripted(() => [{ say: 'It is written down.' }])
  const sidecar = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(sidecar.link)
  await screen.say('The wheelbarrow is borrowed from Ottilie')
  await expect(screen.answers).toHaveCount(1)
  for (const n of [1, 2, 3]) {
    await screen.say(`Something else entirely, number ${n}`)
    await expect(screen.answers).toHaveCount(n + 1)
  }
  await page.getByRole('button', { name: 'New session' }).first().click()
  await page.getByRole('button', { name: 'Memory' }).click()
  const pane = page.getByTestId('memory-pane')
  await pane.getByRole('button', { name: 'Conversations' }).click()
  await pane.getByLabel('Search conversations').fill('who lent the wheelbarrow, Ottilie')
  const place = pane.getByTestId('episode').filter({ hasText: 'You said' }).first()
  await expect(place).toContainText('Ottilie', { timeout: 30_000 })
  await place.getByRole('button').first().click()
  await expect(screen.asked.filter({ hasText: 'Ottilie' })).toBeInViewport()
  await expect(screen.answers).toHaveCount(4)
})

test('a session is put into a space of memory from its header', async ({ oxbow, page }) => {
  const sidecar = await oxbow.start()
  await new Screen(page).open(sidecar.link)
  await page.getByTestId('space-badge').click()
  await page.getByLabel('Name of another space').fill('garden')
  await looked(page, 'space')
  await page.getByRole('button', { name: 'Use it' }).click()
  await expect(page.getByTestId('space-badge')).toContainText('garden')
  await page.getByTestId('space-badge').click()
  await page.getByRole('radio', { name: 'main' }).click()
  await expect(page.getByTestId('space-badge')).not.toContainText('garden')
})
