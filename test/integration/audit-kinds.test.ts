import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type AuditEntry, AuditKind } from '../../sidecar/contract/index.ts'
import { follow, resting, say } from '../fixtures/follow.ts'
import { startScripted } from '../fixtures/kernel.ts'
import { lastWords, resultsSince } from '../fixtures/model-server.ts'

const VALUE = 'planted-named-secret-5d20c4'

/** What must be recorded, and by what it is known. Agents and jobs of their own do not exist in Oxbow yet. */
const RECORDED: Record<Exclude<AuditKind, 'agent' | 'job'>, [string, (entry: AuditEntry) => boolean][]> = {
  decision: [
    ['the gate let a call through', ({ decision, tool }) => decision === 'allow' && tool === 'read'],
    ['the gate asked', ({ decision, tool }) => decision === 'ask' && tool === 'write'],
    ['the gate forbade', ({ decision, reason }) => decision === 'deny' && reason === 'never here'],
  ],
  approval: [
    ['a question', ({ decision, actor }) => decision === 'ask' && actor === 'oxbow'],
    ['a person allowed it', ({ decision, actor }) => decision === 'allow' && actor === 'person'],
  ],
  toolCall: [['a call with digest and excerpt', ({ tool, digest, excerpt }) => tool === 'write' && !!digest && !!excerpt]],
  toolResult: [
    ['a result with digest and excerpt', ({ outcome, digest, excerpt }) => outcome === 'done' && !!digest && !!excerpt],
    ['a call that failed', ({ outcome }) => outcome === 'failed'],
  ],
  modelCall: [
    ['model, tokens and digest', ({ data, digest, turn }) => !!data?.model && Number(data.input) > 0 && !!digest && !!turn],
    ['a call behind the turns', ({ data, actor }) => actor === 'oxbow' && data?.purpose === 'memory' && Number(data.input) > 0],
  ],
  sandbox: [['a path refused', ({ decision, title }) => decision === 'deny' && title.startsWith('read ')]],
  process: [['a long-lived process began', ({ actor, title }) => actor === 'agent' && title.startsWith('Process started')]],
  secret: [
    ['kept, by its name', ({ title, actor }) => title === 'Secret kept or changed: planted' && actor === 'person'],
    ['used, by its name', ({ title }) => title.startsWith('Secret planted sent to localhost:')],
  ],
  memory: [['learned', ({ actor, title }) => actor === 'oxbow' && title === 'Memory learned']],
  config: [['a setting', ({ title, actor }) => title === 'Setting changed: policy.mode' && actor === 'person']],
  policy: [
    ['a rule', ({ title }) => title.startsWith('Rule added')],
    ['a host', ({ title }) => title.startsWith('Host allowed')],
    ['labels of a conversation', ({ title, outcome }) => title.startsWith('Conversation marked') && outcome === 'untrusted'],
  ],
  session: [
    ['made', ({ outcome }) => outcome === 'created'],
    ['renamed', ({ outcome }) => outcome === 'renamed'],
    ['archived', ({ outcome }) => outcome === 'archived'],
  ],
  turn: [
    ['began', ({ outcome }) => outcome === 'started'],
    ['ended', ({ outcome }) => outcome === 'completed'],
  ],
  door: [
    ['a way in', ({ decision, title }) => decision === 'allow' && title.startsWith('Came in: ticket')],
    ['a refusal', ({ decision, actor }) => decision === 'deny' && actor === 'outsider'],
  ],
}

test('each kind of what the record promises is in it, with what it is known by, and no secret', async () => {
  const server = createServer((_, response) => response.end('a page')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const host = `localhost:${(server.address() as AddressInfo).port}`
  const calls = [
    { call: 'write', args: { path: 'a.txt', content: 'some words' } },
    { call: 'read', args: { path: 'a.txt' } },
    { call: 'read', args: { path: '../../etc/passwd' } },
    { call: 'exec', args: { command: 'sleep 60', background: true } },
    { call: 'ls', args: { path: 'forbidden' } },
    { call: 'web_fetch', args: { url: `http://${host}/`, headers: { 'X-Key': '{{secret:planted}}' } } },
  ]
  const bench = await startScripted(
    (messages) =>
      JSON.stringify(messages[0]?.content ?? '').includes('note what the agent should still know')
        ? [{ call: 'remember', args: { memories: [{ text: 'My editor is Helix', type: 'fact', importance: 0.8 }] } }]
        : lastWords(messages).includes('Go on')
          ? [calls[resultsSince(messages).length] ?? { say: 'Done.' }]
          : [{ say: 'Good.' }],
    { http: true },
  )
  const { client, workspace, sidecar } = bench
  await client.hosts.allow({ host })
  await client.secrets.set({ name: 'planted', value: VALUE, hosts: [host] })
  await client.policy.add({ effect: 'deny', tool: 'ls', path: 'forbidden', reason: 'never here' })
  await client.config.set({ key: 'policy.mode', value: 'ask' })
  const { id: calm } = await client.sessions.create({ workspace, mode: 'ask' })
  const first = await follow(client, calm)
  onTestFinished(() => first.stop())
  await say(client, calm, 'My editor is Helix.')
  await first.until('rest', (now) => resting(now) && !!now.turn, 60_000)
  expect(await client.memory.learn()).toMatchObject({ saved: 1 })
  const { id } = await client.sessions.create({ workspace, mode: 'ask' })
  await client.sessions.rename({ sessionId: id, title: 'Bees' })
  const screen = await follow(client, id)
  onTestFinished(() => screen.stop())
  await say(client, id, 'Go on.')
  for (;;) {
    const view = await screen.until(
      'rest or a question',
      (now) => (resting(now) && !!now.turn) || now.approvals.length > 0,
      60_000,
    )
    const asked = view.approvals[0]
    if (!asked) break
    await client.approvals.answer({ approvalId: asked.id, allow: true, scope: 'once' })
    await screen.until('the answer', (now) => now.approvals[0]?.id !== asked.id)
  }
  await client.sessions.archive({ sessionId: id })
  await fetch(`${sidecar.url}/api/status`, { headers: { authorization: 'Bearer wrong' } })
  await fetch(sidecar.link()!)

  const { entries } = await client.audit.list({ limit: 500 })
  const seen = entries.map(({ kind, actor, decision, outcome, title }) => `${kind} ${actor} ${decision ?? outcome}: ${title}`)
  expect(Object.keys(RECORDED).sort()).toEqual(AuditKind.options.filter((kind) => kind !== 'agent' && kind !== 'job').sort())
  for (const [kind, all] of Object.entries(RECORDED))
    for (const [what, is] of all)
      expect(
        entries.some((entry) => entry.kind === kind && is(entry)),
        `${kind}, ${what}, in\n${seen.join('\n')}`,
      ).toBe(true)
  expect(JSON.stringify(entries)).not.toContain(VALUE)
}, 120_000)
