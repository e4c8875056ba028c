import { readFileSync } from 'node:fs'
import { verifyExport } from '../../../sidecar/audit/index.ts'
import { systemClock } from '../../../sidecar/foundation/index.ts'
import { lastWords, resultsSince } from '../../fixtures/model-server.ts'
import { expect, Screen, test } from './oxbow.ts'
import { violations } from './violations.ts'

test('the audit record: followed live, filtered, opened, verified and exported', async ({ page, oxbow }) => {
  await oxbow.scripted((messages) =>
    resultsSince(messages).length > 0
      ? [{ say: 'It is done.' }]
      : lastWords(messages).includes('list')
        ? [{ call: 'ls', args: {} }]
        : [{ call: 'exec', args: { command: 'echo secret=hunter22' } }],
  )
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  await screen.say('Please list the files')
  await expect(screen.answers.last()).toContainText('It is done.')

  await page.getByRole('button', { name: 'Audit record' }).click()
  const rows = page.getByTestId('audit-entry')
  await expect(rows.filter({ hasText: 'Turn completed' })).toHaveCount(1)
  await expect(rows.filter({ hasText: 'ticket at the page door' })).toHaveCount(1)

  await page.getByRole('button', { name: 'Verify' }).click()
  await expect(page.getByTestId('audit-verdict')).toHaveAttribute('data-ok', 'true')

  await page.getByLabel('Kind').selectOption('Decision')
  await expect(rows).toHaveCount(1)
  await rows.first().getByRole('button').first().click()
  await expect(rows.first()).toContainText('reading in the workspace')
  expect(await violations(page)).toEqual([])
  await page.getByRole('button', { name: 'Open the session' }).click()
  await expect(screen.composer).toBeVisible()
  await expect(page.locator('.marked')).toHaveCount(0)

  await screen.say('Please run it')
  await expect(screen.approval).toBeVisible()
  await page.getByRole('button', { name: 'Audit record' }).click()
  await page.getByLabel('Decision').selectOption('Asked')
  await expect(rows).toHaveCount(2)
  await expect(page.getByTestId('audit-pane')).not.toContainText('hunter22')

  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export' }).click()
  const report = await verifyExport([readFileSync(await (await downloading).path())], { clock: systemClock, witnesses: [] })
  expect(report).toMatchObject({ ok: true, entries: 2, signed: 2 })
})

test('an entry of the record leads to its turn, however far back it lies', async ({ page, oxbow }) => {
  await oxbow.scripted((messages) => [
    { say: `Answer to “${lastWords(messages)}”. ${'More words to fill the screen. '.repeat(120)}` },
  ])
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  for (const said of ['The first question', 'The second question', 'The third question']) {
    await screen.say(said)
    await expect(screen.answers.last()).toContainText(`Answer to “${said}”`)
  }
  const first = page.getByTestId('message').filter({ hasText: 'The first question' }).first()
  await expect(first).not.toBeInViewport()

  await page.getByRole('button', { name: 'Audit record' }).click()
  await page.getByLabel('Kind').selectOption('Turn')
  const begun = page.getByTestId('audit-entry').filter({ hasText: 'Turn started' })
  await expect(begun).toHaveCount(3)
  await begun.last().getByRole('button').first().click()
  await page.getByRole('button', { name: 'Open the turn' }).click()
  await expect(first).toBeInViewport()
  await expect(page.locator('.marked')).toHaveCount(1)
  await expect(page.locator('.marked')).toContainText('The first question')
  expect(await violations(page)).toEqual([])
  if (process.env.OXBOW_SHOTS) {
    await page.screenshot({ path: `${process.env.OXBOW_SHOTS}/audit-turn-light.png` })
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.screenshot({ path: `${process.env.OXBOW_SHOTS}/audit-turn-dark.png` })
  }
  await first.click()
  await expect(page.locator('.marked')).toHaveCount(0)
})
