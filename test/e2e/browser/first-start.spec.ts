import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, Screen, test } from './oxbow.ts'

test('a first start needs no key: it says which model answers and why, and lists files', async ({ oxbow, page }) => {
  writeFileSync(join(oxbow.workspace, 'groceries.txt'), 'milk\n')
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)

  await expect(page.getByRole('heading', { name: 'What shall we work on?' })).toBeVisible()
  await expect(page.getByText(/^Model: offline\/guide — \S+ \S+/)).toBeVisible()

  await page.getByRole('button', { name: 'List the files in this folder' }).click()
  await expect(screen.composer).toHaveValue('List the files in this folder')
  await page.getByTestId('send').click()
  await expect(screen.cards).toHaveAttribute('data-status', 'done')
  await expect(screen.answers.last()).toContainText('groceries.txt')
  await expect(screen.answers.first()).toContainText('not a language model')
  await expect(screen.approval).toHaveCount(0)
  await expect(page.getByTestId('session-list')).toContainText('List the files in this folder')
})

test('a link works once', async ({ oxbow, page, browser }) => {
  const { link } = await oxbow.start()
  await new Screen(page).open(link)
  const stranger = await browser.newContext()
  try {
    const other = await stranger.newPage()
    const answer = await other.goto(link)
    expect(answer?.status()).toBe(401)
    await expect(other.locator('body')).toContainText('Each link works once')
    await expect(other.getByTestId('session-list')).toHaveCount(0)
  } finally {
    await stranger.close()
  }
})
