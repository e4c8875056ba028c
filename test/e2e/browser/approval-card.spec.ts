import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { resultsSince } from '../../fixtures/model-server.ts'
import { expect, Screen, test } from './oxbow.ts'
import { violations } from './violations.ts'

// A trace of axe at work is large and says nothing that its findings do not.
test.use({ trace: 'off' })

/** What axe finds on the card, in both schemes; with a picture of each. */
async function inBothSchemes(page: Page, name: string): Promise<string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: test.info().outputPath(`${name}-${colorScheme}.png`) })
    const onCard = await violations(page, '[data-testid=approval-card]')
    found.push(...onCard.map((words) => `${colorScheme}: ${words}`))
  }
  return found
}

test('a card says that a host is asked for, with the plan of the call and the labels that meet', async ({ oxbow, page }) => {
  const server = createServer((_, response) => response.end('from the server\n'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const command = `curl -sS --fail --noproxy '' http://localhost:${port}/`
  writeFileSync(join(oxbow.workspace, '.env'), 'TOKEN=x\n')
  await oxbow.scripted((messages) => {
    const calls = [
      { call: 'read', args: { path: '.env' } },
      { call: 'exec', args: { command } },
    ]
    return [calls[resultsSince(messages).length] ?? { say: 'Tried.' }]
  })
  const { link, client } = await oxbow.start()
  await client.config.set({ key: 'policy.mode', value: 'auto' })
  await client.config.set({ key: 'policy.approval_expiry', value: '24h' })
  // A way out there must be, for the labels to matter.
  await client.hosts.allow({ host: 'good.invalid' })
  const screen = new Screen(page)
  await screen.open(link)
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles({ name: 'mail.txt', mimeType: 'text/plain', buffer: Buffer.from('fetch it') })
  await expect(page.getByText('mail.txt').first()).toBeVisible()
  await screen.say('do what it says')

  const heading = screen.approval.getByRole('heading')
  await expect(heading).toHaveText('Oxbow asks to run a command')
  await expect(page.getByTestId('approval-taints')).toContainText('.env')
  expect(await inBothSchemes(page, 'taints')).toEqual([])
  await page.getByTestId('approve-once').click()

  await expect(heading).toHaveText(`Oxbow asks to reach localhost:${port}`)
  await expect(screen.approval).toContainText('it was not let out to')
  await expect(screen.approval).toContainText(command)
  await expect(screen.approval).toContainText('it can carry data out of this computer')
  await expect(page.getByTestId('approve-session')).toHaveCount(0)
  expect(await inBothSchemes(page, 'host')).toEqual([])
  await page.getByTestId('approve-once').click()
  await expect(screen.answers.last()).toContainText('Tried.')
  await new Promise((resolve) => server.close(resolve))
})

test('questions of one kind are named, and answered at once for this session', async ({ oxbow, page }) => {
  const outside = mkdtempSync(existsSync('/var/tmp') ? '/var/tmp/oxbow-outside-' : join(tmpdir(), 'oxbow-outside-'))
  for (const name of ['one.txt', 'two.txt', 'three.txt']) writeFileSync(join(outside, name), `${name}\n`)
  const read = (name: string) => ({ call: 'read', args: { path: join(outside, name) } })
  await oxbow.scripted((messages) =>
    resultsSince(messages).length === 0 ? ['one.txt', 'two.txt', 'three.txt'].map(read) : [{ say: 'Read.' }],
  )
  const { link, client } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  await screen.say('read them')
  const group = page.getByTestId('approval-group')
  await expect(group).toContainText('3 questions of this kind wait in this session')
  for (const name of ['one.txt', 'two.txt', 'three.txt']) await expect(group).toContainText(name)
  await expect(screen.approval.getByRole('heading')).toContainText('Oxbow asks to read a file outside of the workspace')
  // They are asked together, in no order.
  await expect(screen.approval).toContainText(/oxbow-outside-\w+\/(one|two|three)\.txt is outside of the workspace/)

  const second = group.getByRole('listitem').filter({ hasText: 'two.txt' })
  await expect(second).not.toContainText('files')
  await second.getByText('two.txt').click()
  await expect(second).toContainText(/files.*two\.txt/)
  expect(await inBothSchemes(page, 'group')).toEqual([])

  // Another session asks for the same kind: its question is not among these, and stays.
  const { id: sessionId } = await client.sessions.create({ workspace: oxbow.workspace })
  await client.turns.send({ sessionId, parts: [{ type: 'text', text: 'read them' }] })
  await expect.poll(async () => (await client.approvals.list({ sessionId })).approvals.length).toBe(3)
  await page.getByTestId('approve-all').click()
  await expect(screen.answers.last()).toContainText('Read.')
  await expect(screen.approval).toHaveCount(0)
  expect((await client.approvals.list({ sessionId })).approvals).toHaveLength(3)
  rmSync(outside, { recursive: true, force: true })
})

test('every byte that a yes allows can be seen on the card', async ({ oxbow, page }) => {
  test.slow()
  const command = `echo ${'a'.repeat(60_000)}; echo pwned > hidden.txt`
  const lost = Array.from({ length: 900 }, (_, at) => `lost ${at}`).join('\n')
  const content = `++ a line like a header\n${'b'.repeat(1_500)} and the end of it\n\u202e backwards\n`
  writeFileSync(join(oxbow.workspace, 'list.md'), `${lost}\n`)
  const calls = [
    { call: 'exec', args: { command } },
    { call: 'write', args: { path: 'list.md', content } },
  ]
  await oxbow.scripted((messages) => [calls[resultsSince(messages).length] ?? { say: 'Done.' }])
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  await screen.say('do it')

  await expect(page.getByTestId('approve-session')).toHaveText('This session: this very call')
  const shown = screen.approval.getByRole('group', { name: 'Command' })
  await expect(shown).toContainText('$ echo aaa')
  expect(await inBothSchemes(page, 'long')).toEqual([])
  await screen.approval.getByRole('button', { name: /^Show all/ }).click()
  await expect(shown).toHaveText(`$ ${command}`)
  await page.getByTestId('deny').click()

  const [change, whole] = [0, 1].map((at) => screen.approval.getByRole('group', { name: 'Changes' }).nth(at))
  await expect(change!).toContainText('-lost 899')
  await expect(change!).toContainText(`+${content.split('\n')[1]}`)
  await expect(change!).toContainText('+++ a line like a header')
  await expect(change!).toContainText('⟨U+202E⟩ backwards')
  await screen.approval.getByText('The whole new content').click()
  await expect(whole!).toContainText('and the end of it')
  expect(await inBothSchemes(page, 'change')).toEqual([])

  // What "always" covers is shown before it is given, with what it would have meant.
  await expect(page.getByTestId('approve-session')).toHaveText('This session: any file of this folder')
  await page.getByTestId('approve-always').click()
  await expect(page.getByTestId('always-rules')).toContainText('allow tool write, path list.md in')
  await expect(page.getByTestId('simulation')).toContainText('This would have changed 1 of 2 calls of the past 7 days.')
  expect(await inBothSchemes(page, 'always')).toEqual([])
  await screen.approval.getByRole('button', { name: 'Back' }).click()
  await expect(page.getByTestId('approve-always')).toBeFocused()
  await page.keyboard.press('Enter')
  await page.getByTestId('always-as-is').click()
  await expect(screen.answers.last()).toContainText('Done.')
})
