import type { Page } from '@playwright/test'
import { expect, Screen, test } from './oxbow.ts'
import { violations } from './violations.ts'

// A trace of axe at work is large and says nothing that its findings do not.
test.use({ trace: 'off' })

/** Without WebGL a terminal is drawn by the page's elements, which can be read. */
const withoutWebGl = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    const { getContext } = HTMLCanvasElement.prototype
    HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, kind: string, ...rest: unknown[]) {
      return kind.startsWith('webgl') ? null : Reflect.apply(getContext, this, [kind, ...rest])
    } as typeof getContext
  })

async function until(page: Page, pattern: RegExp): Promise<void> {
  const view = page.locator('[data-testid=terminal-view]:not(.hidden)')
  await expect(view.locator('.xterm-rows')).toContainText(pattern, { timeout: 20_000 })
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme })

    test('a terminal is opened, used, there again after a reload, and ended', async ({ oxbow, page }) => {
      await withoutWebGl(page)
      const { link } = await oxbow.start()
      const screen = new Screen(page)
      await screen.open(link)
      await page.getByRole('button', { name: 'Terminals' }).click()
      const drawer = page.getByTestId('terminal-drawer')
      await expect(drawer.getByText('No terminal is open.')).toBeVisible()
      await drawer.getByRole('button', { name: 'New terminal' }).click()
      await expect(drawer.getByRole('tab', { name: 'Terminal 1' })).toBeVisible()
      await until(page, /[$#]/)
      await page.keyboard.type('echo first $((6 * 7)); printf "\\033[32mgreen\\033[0m \\033[31mred\\033[0m\\n"; ls -d /tmp\n')
      await until(page, /first 42/)
      expect(await violations(page)).toEqual([])
      if (process.env.OXBOW_SHOTS) await page.screenshot({ path: `${process.env.OXBOW_SHOTS}/terminal-${colorScheme}.png` })

      await page.reload()
      await screen.online()
      await until(page, /first 42/)
      await drawer.locator('.xterm').click()
      await page.keyboard.type('echo second $((7 * 7))\n')
      await until(page, /second 49/)
      await drawer.getByRole('button', { name: 'New terminal' }).click()
      await expect(drawer.getByRole('tab', { name: 'Terminal 2' })).toHaveAttribute('aria-selected', 'true')
      await drawer.getByRole('tab', { name: 'Terminal 1' }).click()
      await until(page, /second 49/)
      await page.keyboard.press('Control+`')
      await expect(drawer).toHaveCount(0)
      await expect(screen.composer).toBeFocused()
      await page.keyboard.press('Control+`')
      await until(page, /second 49/)
      await drawer.getByRole('button', { name: 'End this terminal' }).click()
      await expect(drawer.getByRole('tab')).toHaveCount(1)
      await drawer.getByRole('button', { name: 'End this terminal' }).click()
      await expect(drawer.getByText('No terminal is open.')).toBeVisible()
    })
  })
}

test('what a program prints reaches neither clipboard, title nor links', async ({ oxbow, page, context }) => {
  await withoutWebGl(page)
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.evaluate(() => navigator.clipboard.writeText('mine'))
  await page.getByRole('button', { name: 'Terminals' }).click()
  await page.getByRole('button', { name: 'New terminal' }).click()
  await until(page, /[$#]/)
  const title = await page.title()
  await page.keyboard.type(
    'clear; printf "\\033]52;c;ZXZpbA==\\a\\033]0;evil\\a\\033]8;;javascript:alert(1)\\amarker\\033]8;;\\a\\n"; echo done\n',
  )
  await until(page, /marker[\s\S]*done/)
  let opened = 0
  page.on('popup', () => {
    opened += 1
  })
  page.on('dialog', (dialog) => {
    opened += 1
    void dialog.dismiss()
  })
  const row = page.locator('.xterm-screen')
  const box = (await row.boundingBox())!
  await page.keyboard.down('Control')
  for (let y = 6; y < 60; y += 8) await page.mouse.click(box.x + 16, box.y + y)
  await page.keyboard.up('Control')
  expect(opened).toBe(0)
  expect(await page.title()).toBe(title)
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('mine')
  // Its answers to questions are typed only once: not when the screen is drawn anew.
  await page.keyboard.type(
    'clear; printf "\\033[c"; sleep 1; read -t 1 -n 60 -s answer; echo "asked $(printf %s "$answer" | wc -c)"\n',
  )
  await until(page, /asked [1-9]/)
  await page.reload()
  await screen.online()
  await until(page, /asked [1-9]/)
  await page.waitForTimeout(500)
  await page.locator('.xterm').click()
  await page.keyboard.type('echo "typed:$((1+1))"\n')
  await until(page, /typed:2/)
  await expect(page.locator('.xterm-rows')).toContainText(/[$#]\s+echo "typed:/)
})

test("an agent's process is shown, read only until it is taken over", async ({ oxbow, page }) => {
  await oxbow.scripted((messages) =>
    messages.some(({ role }) => role === 'tool')
      ? [{ say: 'It runs.' }]
      : [{ call: 'exec', args: { command: 'echo from the agent; read line; echo "got $line"; sleep 100', background: true } }],
  )
  await withoutWebGl(page)
  const { link } = await oxbow.start()
  const screen = new Screen(page)
  await screen.open(link)
  await screen.say('start it')
  await page.getByTestId('approve-session').click()
  await expect(screen.answers.last()).toContainText('It runs.')
  await page.getByRole('button', { name: 'Terminals' }).click()
  await until(page, /from the agent/)
  await page.locator('.xterm').click()
  await page.keyboard.type('ignored\n')
  await page.getByRole('button', { name: 'Take over' }).click()
  await expect(page.getByRole('button', { name: 'Take over' })).toHaveCount(0)
  await page.locator('.xterm').click()
  await page.keyboard.type('mine\n')
  await until(page, /got mine/)
})

test('it is drawn by WebGL where there is such', async ({ oxbow, page }) => {
  const { link } = await oxbow.start()
  await new Screen(page).open(link)
  const has = await page.evaluate(() => document.createElement('canvas').getContext('webgl2') !== null)
  test.skip(!has, 'no WebGL here')
  await page.getByRole('button', { name: 'Terminals' }).click()
  await page.getByRole('button', { name: 'New terminal' }).click()
  await expect(page.locator('.xterm-screen canvas').first()).toBeVisible()
})
