import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { follow, resting, say } from '../fixtures/follow.ts'
import { startScripted } from '../fixtures/kernel.ts'
import type { Act } from '../fixtures/model-server.ts'

test('an agent reads notes, asks before it writes one, and what was said is found at its place', async () => {
  const call = (tool: string, args: object): Act[] => [{ call: tool, args }]
  const steps: Act[][] = [
    call('knowledge_search', { query: 'tulip depth' }),
    call('calendar_add', { title: 'Plant the tulips', start: '2026-10-10T09:00', zone: 'Europe/Berlin' }),
    [{ say: 'Three times their height; it is in the calendar.' }],
  ]
  const { client, workspace, home } = await startScripted(() => steps.shift() ?? [{ say: 'fine' }])
  mkdirSync(join(home, 'knowledge'))
  writeFileSync(join(home, 'knowledge', 'garden.md'), '# Tulips\nThe depth is three times the height.')
  const { id } = await client.sessions.create({ workspace })
  const screen = await follow(client, id)
  await say(client, id, 'How deep do the tulip bulbs go, and remind me in October')
  const asked = await screen.until('question', (view) => view.approvals.length > 0)
  expect(asked.approvals[0]).toMatchObject({ tool: 'calendar_add', tier: 'write' })
  await client.approvals.answer({ approvalId: asked.approvals[0]!.id, allow: true })
  const rest = await screen.until('rest', (view) => resting(view) && view.turn !== undefined)
  const outputs = rest.messages.flatMap(({ parts }) => parts.flatMap((part) => (part.type === 'tool' ? [part.output] : [])))
  expect(outputs[0]).toContain('The depth is three times the height.')
  expect(readFileSync(join(home, 'calendar', 'calendar.ics'), 'utf8')).toContain('X-OXBOW-TAINT:agent')
  const { episodes } = await client.memory.episodes({ query: 'tulip bulbs October' })
  expect(episodes[0]).toMatchObject({ sessionId: id, kind: 'said', messageId: rest.messages[0]!.id })
  await client.memory.learn()
  const { memories } = await client.memory.list({ types: ['reasoning'] })
  expect(memories.map(({ text }) => text).join()).toContain('Plant the tulips')
})
