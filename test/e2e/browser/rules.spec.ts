import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { resultsSince } from '../../fixtures/model-server.ts'
import { expect, Screen, test } from './oxbow.ts'
import { violations } from './violations.ts'

test.use({ trace: 'off' })

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme })

    test('every change of rules and role says first what it would have meant', async ({ oxbow, page }) => {
      test.slow()
      await oxbow.scripted((messages) =>
        resultsSince(messages).length === 0 ? [{ call: 'exec', args: { command: 'echo hello' } }] : [{ say: 'Done.' }],
      )
      const { link, client } = await oxbow.start()
      const { id: sessionId } = await client.sessions.create({ workspace: oxbow.workspace, mode: 'auto' })
      await client.turns.send({ sessionId, parts: [{ type: 'text', text: 'say hello' }] })
      await expect.poll(async () => (await client.sessions.get({ sessionId })).turn?.endedAt).toBeDefined()
      const screen = new Screen(page)
      await screen.open(link)
      await page.getByRole('button', { name: 'Settings and checks' }).click()
      const section = page.getByRole('region', { name: 'Rules' })
      const would = section.getByTestId('simulation')
      const rules = async () => (await client.policy.rules({})).rules.map(({ rule }) => rule)

      // A rule of several conditions, with a reason.
      await section.getByRole('combobox', { name: 'Effect' }).selectOption('deny')
      await section.getByRole('textbox', { name: 'Pattern' }).fill('echo')
      await section.getByRole('button', { name: 'And…' }).click()
      await section.getByRole('combobox', { name: 'About' }).nth(1).selectOption('workspace')
      await section.getByRole('textbox', { name: 'Pattern' }).nth(1).fill('**')
      await section.getByRole('textbox', { name: 'Reason' }).fill('no echoes')
      // Who clicks twice has still saved nothing.
      await section.getByRole('button', { name: 'See what it changes' }).dblclick()
      await expect(would).toContainText('This would have changed 1 of 1 calls of the past 7 days.')
      expect(await rules()).toEqual([])
      expect(await violations(page, 'section[aria-label=Rules]')).toEqual([])
      await section.scrollIntoViewIfNeeded()
      await page.screenshot({ path: test.info().outputPath('new-rule.png') })
      await section.getByRole('button', { name: 'Save rule' }).click()
      const row = section.getByRole('listitem').filter({ hasText: 'deny program echo' })
      await expect(row).toContainText('no echoes')
      expect(await rules()).toEqual([{ effect: 'deny', program: 'echo', workspace: '**', reason: 'no echoes' }])

      // A space.
      await section.getByRole('combobox', { name: 'About' }).selectOption('space')
      await expect(section.getByRole('button', { name: 'See what it changes' })).toBeDisabled()
      await section.getByRole('textbox', { name: 'Pattern' }).fill('work')
      await section.getByRole('button', { name: 'See what it changes' }).click()
      await section.getByRole('button', { name: 'Save rule' }).click()
      await expect(section.getByRole('listitem').filter({ hasText: 'deny space work' })).toBeVisible()
      expect((await rules())[1]).toEqual({ effect: 'deny', space: 'work' })

      // A removal.
      await row.getByRole('button', { name: /^Remove the rule/ }).click()
      await expect(would).toContainText('1 of 1')
      await expect(would).toContainText('deny → allow')
      await row.getByRole('button', { name: 'Cancel' }).click()
      await expect(would).toHaveCount(0)
      await expect(row.getByRole('button', { name: /^Remove the rule/ })).toBeFocused()
      await page.keyboard.press('Enter')
      await expect(would).toContainText('deny → allow')
      expect(await rules()).toHaveLength(2)
      await page.screenshot({ path: test.info().outputPath('remove.png') })
      await row.getByRole('button', { name: 'Remove rule' }).click()
      await expect(row).toHaveCount(0)
      expect(await rules()).toHaveLength(1)

      // The role.
      const role = section.getByRole('combobox', { name: 'Role of agents' })
      await role.selectOption('reader')
      await expect(would).toContainText('allow → deny')
      expect(await violations(page, 'section[aria-label=Rules]')).toEqual([])
      await page.screenshot({ path: test.info().outputPath('role.png') })
      await section.getByRole('button', { name: 'Save role' }).click()
      await expect(would).toHaveCount(0)
      await expect(role).toHaveValue('reader')
      expect(readFileSync(join(oxbow.home, 'config.toml'), 'utf8')).toContain('role = "reader"')

      // A call that cannot be judged any more.
      mkdirSync(join(oxbow.workspace, '.oxbow'), { recursive: true })
      writeFileSync(join(oxbow.workspace, '.oxbow/policy.toml'), 'no rules')
      await role.selectOption('owner')
      await expect(would).toContainText('This would have changed 0 of 0 calls')
      await expect(would).toContainText(`1 call in ${oxbow.workspace} cannot be judged: `)
    })
  })
}
