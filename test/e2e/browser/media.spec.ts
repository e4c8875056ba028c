import { AxeBuilder } from '@axe-core/playwright'
import { docx, jpeg, paragraph, pdf, png, wav } from '../../fixtures/media-files.ts'
import { expect, Screen, test } from './oxbow.ts'

const upload = (name: string, mimeType: string, bytes: Uint8Array) => ({ name, mimeType, buffer: Buffer.from(bytes) })
const cat = () => upload('cat.png', 'image/png', png(640, 400))

test('files are attached, looked at, sent and shown', async ({ oxbow, page }) => {
  const model = await oxbow.scripted(() => [{ say: 'A flag, a letter and a paper.' }])
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  const attached = page.getByTestId('attachment')
  await page
    .getByTestId('file-input')
    .setInputFiles([
      cat(),
      upload('letter.docx', 'application/zip', docx(paragraph('Dear Ada'))),
      upload('paper.pdf', 'application/pdf', pdf('The river')),
    ])
  await expect(attached).toHaveCount(3)
  for (const at of [0, 1, 2]) await expect(attached.nth(at)).toHaveAttribute('data-state', 'stored')
  await expect(attached.first().locator('img')).toBeVisible()
  await expect(attached.nth(2)).toContainText('scripted/model takes no PDF: it gets its text.')
  await screen.say('What are these?')
  await expect(attached).toHaveCount(0)
  await expect(screen.answers.last()).toContainText('A flag')
  const content = JSON.stringify(model.requests.at(-1)?.at(-1)?.content)
  expect(content).toContain('data:image/png;base64,')
  expect(content).toContain('Dear Ada')
  expect(content).toContain('The river')

  const image = screen.asked.getByTestId('image-part')
  await expect(image.locator('img')).toHaveJSProperty('naturalWidth', 640)
  await image.click()
  await expect(page.getByRole('dialog').getByText('640 × 400')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await screen.asked.getByLabel('Read paper.pdf as text').click()
  await expect(page.getByLabel('Text of paper.pdf')).toContainText('The river')
  const saving = page.waitForEvent('download')
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  expect((await saving).suggestedFilename()).toBe('paper.pdf')
  await page.keyboard.press('Escape')

  await page.reload()
  await screen.online()
  await expect(image.locator('img')).toHaveJSProperty('naturalWidth', 640)
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
})

test('what cannot be sent is said before it is, with what one can do', async ({ oxbow, page }) => {
  await oxbow.scripted(() => [{ say: 'ok' }])
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  const attached = page.getByTestId('attachment')
  const send = page.getByTestId('send')
  await page
    .getByTestId('file-input')
    .setInputFiles([cat(), upload('song.wav', 'audio/wav', wav()), upload('lies.pdf', 'application/pdf', png())])
  await screen.composer.fill('listen')
  await expect(attached.nth(1)).toContainText('scripted/model takes no audio')
  await expect(attached.nth(2)).toContainText('lies.pdf ends in .pdf, but by its content it is a PNG image')
  await expect(send).toBeDisabled()
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  await attached.nth(2).getByRole('button', { name: 'Leave it out' }).click()
  await expect(send).toBeDisabled()
  await attached.nth(1).getByRole('button', { name: 'Remove song.wav' }).click()
  await expect(send).toBeEnabled()
  await expect(attached).toHaveCount(1)
  await send.click()
  await expect(screen.asked.getByTestId('image-part')).toBeVisible()
})

test('a picture that is too large is made smaller', async ({ oxbow, page }) => {
  await oxbow.scripted(() => [{ say: 'ok' }])
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  const attached = page.getByTestId('attachment')
  // Behind its end a JPEG may hold anything, here 26 MB of nothing.
  const heavy = Buffer.concat([jpeg(800, 500), Buffer.alloc(26 * 1024 * 1024)])
  await page.getByTestId('file-input').setInputFiles([{ name: 'heavy.jpg', mimeType: 'image/jpeg', buffer: heavy }])
  await expect(attached).toContainText('Larger than 25 MB')
  await attached.getByRole('button', { name: 'Make it smaller' }).click()
  await expect(attached).toHaveAttribute('data-state', 'stored')
  await expect(attached.locator('img')).toBeVisible()
})

test('files come by drop and by paste too, and stay while one looks at another session', async ({ oxbow, page }) => {
  await oxbow.scripted(() => [{ say: 'ok' }])
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  await screen.say('first')
  await expect(screen.answers.last()).toContainText('ok')
  const attached = page.getByTestId('attachment')
  const bytes = [...png(40, 30)]
  await page.evaluate((data) => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([new Uint8Array(data)], 'dropped.png', { type: 'image/png' }))
    document.body.dispatchEvent(new DragEvent('dragover', { dataTransfer: transfer, bubbles: true, cancelable: true }))
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }))
  }, bytes)
  await expect(attached.first()).toContainText('dropped.png')
  await screen.composer.evaluate((area, data) => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([new Uint8Array(data)], 'pasted.png', { type: 'image/png' }))
    area.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }))
  }, bytes)
  await expect(attached.nth(1)).toContainText('pasted.png')
  await expect(attached.nth(1)).toHaveAttribute('data-state', 'stored')

  // Another session and back: nothing is lost.
  await page.getByRole('button', { name: 'New session' }).first().click()
  await expect(attached).toHaveCount(0)
  await page.goBack()
  await expect(attached).toHaveCount(2)
})
