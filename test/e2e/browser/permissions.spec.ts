import { existsSync, readFileSync } from 'node:fs'
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
  await expect(screen.asked).toHaveCount(0)
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
