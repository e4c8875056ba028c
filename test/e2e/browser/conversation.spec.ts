import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { resultsSince } from '../../fixtures/model-server.ts'
import { expect, Screen, test } from './oxbow.ts'

test('a conversation edits a file and runs a command, each once allowed', async ({ oxbow, page }) => {
  const notes = join(oxbow.workspace, 'notes.txt')
  writeFileSync(notes, 'buy milk\ncall Ada\n')
  const steps = [
    [{ call: 'edit', args: { path: 'notes.txt', oldText: 'buy milk', newText: 'buy oat milk' } }],
    [{ call: 'exec', args: { command: 'wc -l < notes.txt; echo counted > count.txt' } }],
  ]
  await oxbow.scripted((messages) => steps[resultsSince(messages).length] ?? [{ say: 'Both are **done**.' }])
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  await screen.say('Oat milk, please, and count the lines')

  await expect(screen.approval).toContainText('Oxbow asks to change files')
  await expect(screen.approval.getByLabel('Changes')).toContainText('-buy milk')
  await expect(screen.approval.getByLabel('Changes')).toContainText('+buy oat milk')
  await expect(screen.cards.first()).toHaveAttribute('data-status', 'waiting')
  expect(readFileSync(notes, 'utf8')).toContain('buy milk')
  await page.getByTestId('approve-once').click()

  await expect(screen.cards.first()).toHaveAttribute('data-status', 'done')
  await expect(screen.cards.first().getByLabel('Changes')).toContainText('+buy oat milk')
  await expect(screen.cards.first().getByLabel('Changes')).toContainText('-buy milk')
  expect(readFileSync(notes, 'utf8')).toBe('buy oat milk\ncall Ada\n')

  await expect(screen.approval).toContainText('Oxbow asks to run a command')
  await expect(screen.approval).toContainText('$ wc -l < notes.txt')
  expect(existsSync(join(oxbow.workspace, 'count.txt'))).toBe(false)
  await page.getByTestId('approve-once').click()
  await expect(screen.cards.nth(1)).toHaveAttribute('data-status', 'done')
  await expect(screen.answers.last()).toContainText('Both are done.')
  await expect(screen.answers.last().locator('strong')).toHaveText('done')
  expect(readFileSync(join(oxbow.workspace, 'count.txt'), 'utf8')).toBe('counted\n')
  await expect(screen.approval).toHaveCount(0)
  await expect(screen.stop).toHaveCount(0)

  await screen.cards.nth(1).getByRole('button').first().click()
  await expect(screen.cards.nth(1).getByLabel('Output')).toContainText('2')
})

test('a command that is refused never runs, and the model reads the note', async ({ oxbow, page }) => {
  const model = await oxbow.scripted((messages) =>
    resultsSince(messages).length > 0
      ? [{ say: 'Then I leave it.' }]
      : [{ call: 'exec', args: { command: 'echo gone > gone.txt' } }],
  )
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  await screen.say('Tidy up')
  await screen.approval.getByLabel('Note to the model').fill('keep the old files')
  await page.getByTestId('deny').click()

  await expect(screen.answers.last()).toContainText('Then I leave it.')
  await expect(screen.cards).toHaveAttribute('data-status', 'denied')
  await screen.cards.getByRole('button').first().click()
  await expect(screen.cards).toContainText('Your note: keep the old files')
  expect(existsSync(join(oxbow.workspace, 'gone.txt'))).toBe(false)
  expect(JSON.stringify(resultsSince(model.requests.at(-1) ?? []))).toContain('keep the old files')
})
