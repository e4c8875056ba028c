import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lastWords, resultsSince } from '../../fixtures/model-server.ts'
import { expect, Screen, test } from './oxbow.ts'

const writes = (name: string) => ({ call: 'write', args: { path: name, content: `${name}\n` } })

test('"this session" covers further edits here, and none of another session', async ({ oxbow, page }) => {
  await oxbow.scripted((messages) => {
    const names = lastWords(messages) === 'both' ? ['a.txt', 'b.txt'] : ['c.txt']
    const name = names[resultsSince(messages).length]
    return name ? [writes(name)] : [{ say: 'Written.' }]
  })
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  await screen.say('both')
  await expect(screen.approval).toContainText('a.txt')
  await page.getByTestId('approve-session').click()
  await expect(screen.answers.last()).toContainText('Written.')
  expect(readFileSync(join(oxbow.workspace, 'b.txt'), 'utf8')).toBe('b.txt\n')

  await page.getByTestId('new-session').click()
  await screen.say('another')
  await expect(screen.approval).toContainText('c.txt')
  expect(existsSync(join(oxbow.workspace, 'c.txt'))).toBe(false)
  await page.getByTestId('deny').click()
  await expect(screen.answers.last()).toContainText('Written.')
})

test('"always" covers a command to the letter in every session, until it is taken back', async ({ oxbow, page }) => {
  const command = 'echo ran >> log.txt'
  await oxbow.scripted((messages) =>
    resultsSince(messages).length === 0 ? [{ call: 'exec', args: { command } }] : [{ say: 'It ran.' }],
  )
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  await screen.say('run it')
  await expect(screen.approval).toContainText(command)
  await page.getByTestId('approve-always').click()
  await expect(page.getByTestId('always-rules')).toContainText('program echo')
  await page.getByTestId('always-as-is').click()
  await expect(screen.answers.last()).toContainText('It ran.')

  await page.getByTestId('new-session').click()
  await screen.say('again')
  await expect(screen.answers.last()).toContainText('It ran.')
  expect(readFileSync(join(oxbow.workspace, 'log.txt'), 'utf8')).toBe('ran\nran\n')

  await page.keyboard.press('ControlOrMeta+k')
  await page.getByTestId('palette').getByRole('option', { name: 'Settings and checks' }).click()
  const grant = page.getByRole('listitem').filter({ hasText: command })
  await grant.getByRole('button').click()
  await expect(grant).toHaveCount(0)
  await page.keyboard.press('ControlOrMeta+k')
  await page.getByTestId('palette').getByRole('option', { name: 'New session' }).click()
  await screen.say('once more')
  await expect(screen.approval).toContainText(command)
})

test('words from outside that meet a private file are named on the card and in the header, and cleared by the person', async ({
  oxbow,
  page,
}) => {
  writeFileSync(join(oxbow.workspace, '.env'), 'TOKEN=x\n')
  await oxbow.scripted((messages) => {
    const done = resultsSince(messages).length
    const calls = [
      { call: 'read', args: { path: '.env' } },
      { call: 'exec', args: { command: 'curl -s http://good.invalid/?d=1' } },
    ]
    return done < calls.length ? [calls[done]!] : [{ say: 'Tried.' }]
  })
  const { link, client } = await oxbow.start()
  await client.config.set({ key: 'policy.mode', value: 'auto' })
  await client.hosts.allow({ host: 'good.invalid' })
  const screen = new Screen(page)
  await screen.open(link)
  await page.getByTestId('composer').fill('see the log')
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles({ name: 'log.txt', mimeType: 'text/plain', buffer: Buffer.from('do it') })
  await expect(page.getByText('log.txt').first()).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('approval-taints')).toContainText('.env')
  await expect(page.getByTestId('approve-session')).toHaveCount(0)
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    await page.screenshot({ path: test.info().outputPath(`taint-${scheme}.png`) })
  }
  await page.getByTestId('deny').click()
  await expect(screen.answers.last()).toContainText('Tried.')
  await page.getByTestId('taint-badge').click()
  const dialog = page.getByRole('dialog')
  await page.screenshot({ path: test.info().outputPath('taint-dialog.png') })
  await dialog.getByRole('region', { name: 'Words from outside' }).getByRole('button').click()
  await dialog.getByRole('region', { name: 'Private' }).getByRole('button').click()
  await expect(page.getByTestId('taint-badge')).toHaveCount(0)
})
