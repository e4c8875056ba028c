import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import type { AuditEntry, Client } from '../../sidecar/contract/index.ts'
import { startScripted } from '../fixtures/kernel.ts'
import { temporaryFolder } from '../fixtures/log.ts'
import { lastWords, resultsSince, startModelServer } from '../fixtures/model-server.ts'
import { scriptedHome, startSidecarProcess } from '../fixtures/sidecar-process.ts'

/** How often the sidecar is killed: after none to three effects of a turn, and up to this long behind them. */
const KILLS = 12
const SPAN_MS = 40

const OXBOW = join(import.meta.dirname, '../../out/main/oxbow.cjs')

const said = (text: string) => [{ type: 'text' as const, text }]

async function restOf(client: Client, sessionId: Parameters<Client['sessions']['get']>[0]['sessionId']): Promise<void> {
  for (let n = 0; n < 1000; n++) {
    if (['idle', 'error'].includes((await client.sessions.get({ sessionId })).summary.status)) return
    await delay(10)
  }
  throw new Error('the turn never ended')
}

async function entriesOf(client: Client): Promise<AuditEntry[]> {
  const found: AuditEntry[] = []
  for (let before: number | undefined; ; before = found.at(-1)!.position) {
    const { entries } = await client.audit.list({ limit: 500, ...(before !== undefined && { before }) })
    found.push(...entries)
    if (entries.length < 500) return found
  }
}

const effectsIn = (workspace: string, prefix: string): string[] => {
  const file = join(workspace, 'effects.log')
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(prefix))
}

test(`killed at ${KILLS} moments, no decision is lost whose effect ran, and the record verifies`, async () => {
  const folder = temporaryFolder()
  const [home, workspace] = [join(folder, 'home'), join(folder, 'workspace')]
  mkdirSync(workspace)
  const model = await startModelServer((messages) =>
    resultsSince(messages).length < 6
      ? [{ call: 'exec', args: { command: `echo ${lastWords(messages)}-${resultsSince(messages).length} >> effects.log` } }]
      : [{ say: 'Done.' }],
  )
  onTestFinished(() => model.close())
  scriptedHome(home, model.url)
  let sidecar = await startSidecarProcess(home)
  onTestFinished(() => sidecar.kill())
  for (let n = 0; n < KILLS; n++) {
    const { id: sessionId } = await sidecar.client.sessions.create({ workspace, mode: 'auto' })
    await sidecar.client.turns.send({ sessionId, parts: said(`task${n}`) })
    for (let waited = 0; effectsIn(workspace, `task${n}-`).length < n % 4 && waited < 1000; waited++) await delay(5)
    await delay((SPAN_MS * n) / KILLS)
    await sidecar.kill()
    sidecar = await startSidecarProcess(home)
  }
  const effects = effectsIn(workspace, 'task')
  const entries = await entriesOf(sidecar.client)
  const allowed = new Set(
    entries.filter(({ kind, decision }) => kind === 'decision' && decision === 'allow').map(({ title }) => title),
  )
  for (const effect of effects)
    expect(
      [...allowed].filter((title) => title.includes(`${effect} >>`)),
      effect,
    ).toHaveLength(1)
  expect(effects.length).toBeGreaterThan(KILLS / 2)
  expect(entries.some(({ kind, outcome }) => kind === 'turn' && outcome === 'interrupted')).toBe(true)
  expect(await sidecar.client.audit.verify()).toMatchObject({ ok: true, faults: [], entries: entries.length })
  expect(await sidecar.stop()).toBe(0)
}, 120_000)

test('what happens in a session, at the doors and to the settings is recorded, and no secret with it', async () => {
  const bench = await startScripted(
    (messages) =>
      [
        [{ call: 'write', args: { path: 'a.txt', content: 'password=hunter22' } }],
        [{ call: 'read', args: { path: '../../etc/passwd' } }],
        [{ say: 'Done.' }],
      ][resultsSince(messages).length]!,
    { http: true },
  )
  const { client, sidecar, workspace } = bench
  const { id: sessionId } = await client.sessions.create({ workspace, mode: 'ask' })
  await client.turns.send({ sessionId, parts: said('go') })
  for (let open = false; !open; await delay(10)) {
    const { approvals } = await client.approvals.list({ sessionId })
    open = approvals.length > 0
    for (const { id } of approvals) await client.approvals.answer({ approvalId: id, allow: true, scope: 'always', note: 'fine' })
  }
  await restOf(client, sessionId)
  await client.approvals.revoke({ id: (await client.approvals.grants()).grants[0]!.id })
  await client.config.set({ key: 'policy.mode', value: 'auto-edit' })
  await client.providers.add({ id: 'openai', key: 'sk-proj-abcdefghijklmnop1234' })
  await fetch(`${sidecar.url}/?ticket=wrong`)
  await fetch(`${sidecar.url}/api/status`, { headers: { authorization: 'Bearer wrong' } })
  await fetch(sidecar.link()!)

  const { entries } = await client.audit.list({ limit: 500 })
  const seen = entries
    .toReversed()
    .map(({ kind, decision, outcome, actor, title }) => `${kind} ${decision ?? outcome ?? ''} ${actor}: ${title}`)
  const expected = [
    /^session created person: /,
    /^turn started oxbow: /,
    /^toolCall {2}agent: write a\.txt/,
    /^modelCall tools agent: /,
    /^decision ask oxbow: write a\.txt/,
    /^approval ask oxbow: write a\.txt/,
    /^approval allow person: write a\.txt/,
    /^toolResult done oxbow: write a\.txt/,
    /^decision allow oxbow: read /,
    /^sandbox deny oxbow: read /,
    /^toolResult failed oxbow: read /,
    /^turn completed oxbow: /,
    /^policy {2}person: Standing yes taken back: 1/,
    /^config {2}person: Setting changed: policy\.mode/,
    /^config {2}person: Provider added or changed: openai/,
    /^door deny outsider: Refused: a ticket/,
    /^door deny outsider: Refused: a wrong token/,
    /^door allow person: Came in: ticket/,
  ]
  let at = 0
  for (const one of expected) {
    at = seen.findIndex((line, index) => index >= at && one.test(line))
    expect(at, `${one} in\n${seen.join('\n')}`).toBeGreaterThanOrEqual(0)
  }
  const { lines } = await client.audit.prove({ since: 1 })
  expect(lines).toHaveLength(3)
  const whole = JSON.stringify(entries)
  for (const secret of ['hunter22', 'sk-proj', 'ticket=']) expect(whole).not.toContain(secret)
})

test.each([
  ['a number that JSON does not have', '{"path":".","n":1e999}'],
  ['nesting without end', `{"path":${'['.repeat(9000)}${']'.repeat(9000)}}`],
])('arguments with %s stop neither the turn nor the record', async (_, args) => {
  const bench = await startScripted((messages) =>
    resultsSince(messages).length === 0 ? [{ call: 'ls', args }] : [{ say: 'Done.' }],
  )
  const { id: sessionId } = await bench.client.sessions.create({ workspace: bench.workspace })
  await bench.client.turns.send({ sessionId, parts: said('go') })
  await restOf(bench.client, sessionId)
  const before = await bench.client.sessions.get({ sessionId })
  expect(before.summary.status).toBe('idle')
  expect(JSON.stringify(before.messages).includes('no valid JSON')).toBe(true)
  await bench.client.hosts.allow({ host: 'recorded.example.org' })
  const { entries } = await bench.client.audit.list({ limit: 50 })
  for (const title of ['ls', 'Turn completed', 'Host allowed: recorded.example.org'])
    expect(entries.map((entry) => entry.title)).toContain(title)
  expect(await bench.client.audit.verify()).toMatchObject({ ok: true })
  const client = await bench.restart()
  expect((await client.sessions.get({ sessionId })).messages).toEqual(before.messages)
})

test('an export is verified by the command line alone', async () => {
  const bench = await startScripted(() => [{ say: 'Done.' }])
  await bench.client.sessions.create({ workspace: bench.workspace, title: 'Kept' })
  const folder = temporaryFolder()
  const file = join(folder, 'record.jsonl')
  const lines: string[] = []
  for await (const piece of await bench.client.audit.export({})) lines.push(...piece.lines)
  writeFileSync(file, lines.join('\n'))
  writeFileSync(join(folder, 'changed.jsonl'), lines.join('\n').replace('Kept', 'Left'))
  const nowhere = join(folder, 'no-home')
  const verify = (...args: string[]) => {
    const { status, stdout } = spawnSync(process.execPath, [OXBOW, 'audit', 'verify', ...args, '--json'], {
      env: { PATH: process.env.PATH, HOME: nowhere, OXBOW_HOME: nowhere },
      encoding: 'utf8',
    })
    return { status, report: stdout === '' ? undefined : JSON.parse(stdout) }
  }
  const { key } = verify(file).report
  const against = join(bench.home, 'keys/audit-checkpoints.jsonl')
  expect(verify(file, '--key', key, '--against', against)).toMatchObject({ status: 0, report: { ok: true, keyKnown: true } })
  expect(verify(join(folder, 'changed.jsonl'))).toMatchObject({
    status: 1,
    report: { faults: [{ code: 'entry.changed', position: 0 }] },
  })
  expect(verify(join(folder, 'missing.jsonl')).status).toBe(2)
  expect(existsSync(nowhere)).toBe(false)
})

test('a change of the database file while Oxbow rests is found after the next start', async () => {
  const bench = await startScripted(() => [{ say: 'Done.' }])
  const { id: sessionId } = await bench.client.sessions.create({ workspace: bench.workspace })
  await bench.client.turns.send({ sessionId, parts: said('go') })
  await restOf(bench.client, sessionId)
  await bench.sidecar.stop()
  const db = new Database(join(bench.home, 'oxbow.db'))
  db.exec(`UPDATE audit_entries SET entry = replace(entry, 'Turn started', 'Turn stopped')`)
  db.close()
  const client = await bench.restart()
  await client.sessions.create({ workspace: bench.workspace })
  const { ok, faults } = await client.audit.verify()
  expect(ok).toBe(false)
  expect(faults).toMatchObject([{ code: 'entry.changed' }])
})
