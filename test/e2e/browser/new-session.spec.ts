import type { Page } from '@playwright/test'
import { lastWords } from '../../fixtures/model-server.ts'
import { expect, gate, Screen, test } from './oxbow.ts'

/** Holds back every call that makes a session until the gate opens. @returns how many were held */
async function slowToMake(page: Page, open: Promise<void>): Promise<() => number> {
  let held = 0
  await page.routeWebSocket(/\/ws$/, (socket) => {
    const server = socket.connectToServer()
    socket.onMessage(async (message) => {
      if (message.toString().includes('/sessions/create')) {
        held += 1
        await open
      }
      server.send(message)
    })
  })
  return () => held
}

test('what is typed, attached and sent while a session is being made goes to that session', async ({ oxbow, page }) => {
  await oxbow.scripted((messages) => [{ say: `Heard: ${lastWords(messages)}` }])
  const { link, client } = await oxbow.start()
  const { id: first } = await client.sessions.create({ workspace: oxbow.workspace })
  const made = gate()
  const held = await slowToMake(page, made.promise)
  const screen = new Screen(page)
  await screen.open(link)
  await screen.say('to the first')
  await expect(screen.answers).toHaveText(/to the first/)

  await page.getByTestId('new-session').click()
  await page.getByTestId('new-session').click()
  await page.keyboard.type('to the second')
  await page.getByTestId('file-input').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') })
  await expect(page.getByTestId('attachment')).toHaveAttribute('data-state', 'stored')
  await page.keyboard.press('Enter')
  await page.keyboard.type(', and a draft')
  await expect.poll(held).toBe(1)
  // Asked for again, it is the same session; gone away from and back, nothing is sent twice.
  await page
    .getByTestId('session-list')
    .getByRole('button', { name: /^to the first/ })
    .click()
  await expect(screen.composer).toHaveValue('')
  await page.goBack()
  await expect(screen.composer).toHaveValue('to the second, and a draft')
  await page.keyboard.press('Enter')
  made.resolve()

  await expect(screen.asked).toHaveCount(1)
  await expect(screen.asked).toContainText('to the second')
  await expect(screen.asked).toContainText('a.csv')
  await expect(screen.answers).toHaveCount(1)
  await expect(screen.composer).toHaveValue(', and a draft')
  expect((await client.sessions.get({ sessionId: first })).messages).toHaveLength(2)
  expect((await client.sessions.list({})).sessions).toHaveLength(2)
})
