import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Client, ProcessId, ProcessInfo, SessionId } from '../../sidecar/contract/index.ts'
import { createProcessSandbox } from '../../sidecar/sandbox/index.ts'
import { follow, resting, say, toolParts } from '../fixtures/follow.ts'
import { type Bench, startScripted } from '../fixtures/kernel.ts'
import { type Act, resultsSince, type Script } from '../fixtures/model-server.ts'

const { readiness } = createProcessSandbox({ home: '/nonexistent', tmpRoot: tmpdir(), allowHosts: [] })
const ready = (await readiness()).ready
const SIZE = { columns: 80, rows: 24 }

/** A model that makes the given calls of one tool each, one step after the other, with the id that the first gave. */
const steps =
  (...acts: ((id: string) => Act)[]): Script =>
  (messages) => {
    const results = resultsSince(messages)
    const id = /prc_[0-9a-f-]{36}/.exec(JSON.stringify(messages))?.[0] ?? ''
    const next = acts[results.length]
    return next ? [next(id)] : [{ say: 'done' }]
  }

const inBackground =
  (command: string, more = {}) =>
  (): Act => ({ call: 'exec', args: { command, background: true, ...more } })
const read =
  (waitSeconds = 20) =>
  (id: string): Act => ({ call: 'process_read', args: { id, waitSeconds } })

async function session({ client, workspace }: Bench): Promise<SessionId> {
  return (await client.sessions.create({ workspace, mode: 'auto' })).id
}

/** Runs a turn to its end. @returns the results of its calls */
async function turn(client: Client, id: SessionId): Promise<{ name: string; status: string; output: string }[]> {
  const screen = await follow(client, id)
  await say(client, id, 'go')
  const view = await screen.until('rest', resting, 50_000)
  screen.stop()
  return toolParts(view).map(({ name, status, output }) => ({ name, status, output: output ?? '' }))
}

/** Follows a process until its output matches. */
async function until(client: Client, id: ProcessId, pattern: RegExp, from = 0): Promise<string> {
  const stop = AbortSignal.timeout(50_000)
  let text = ''
  for await (const item of await client.terminals.watch({ id, from }, { signal: stop })) {
    if (item.type === 'output') text += item.text
    if (pattern.test(text)) return text
  }
  throw new Error(`ended before ${pattern}: ${text}`)
}

async function whatIsKept(client: Client, id: ProcessId, from: number): Promise<string> {
  let text = ''
  for await (const item of await client.terminals.watch({ id, from, follow: false }))
    if (item.type === 'output') text += item.text
  return text
}

const one = async (client: Client, id: ProcessId): Promise<ProcessInfo | undefined> =>
  (await client.terminals.list({})).processes.find((process) => process.id === id)

async function ended(client: Client, id: ProcessId): Promise<NonNullable<ProcessInfo['ended']>> {
  for (let tries = 0; tries < 1000; tries += 1) {
    const found = (await one(client, id))?.ended
    if (found) return found
    await sleep(20)
  }
  throw new Error('it never ended')
}

/** The sleeps of so many seconds that run on this computer. */
const sleeps = (seconds: number): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `sleep\0${seconds}\0`
      } catch {
        return false
      }
    })

describe.skipIf(!ready)('what an agent starts in the background', () => {
  test('answers at once, is read and written to, and ends', async () => {
    const bench = await startScripted(
      steps(
        inBackground('echo hello; while read line; do echo "got $line"; [ "$line" = quit ] && exit 4; done'),
        read(),
        (id) => ({ call: 'process_write', args: { id, keys: 'one\n' } }),
        read(),
        (id) => ({ call: 'process_write', args: { id, keys: 'quit\n' } }),
        read(),
        read(),
        () => ({ call: 'process_list', args: {} }),
        (id) => ({ call: 'process_write', args: { id, keys: 'more\n' } }),
      ),
    )
    const id = await session(bench)
    const results = await turn(bench.client, id)
    expect(results.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'exec done',
      'process_read done',
      'process_write done',
      'process_read done',
      'process_write done',
      'process_read done',
      'process_read done',
      'process_list done',
      'process_write failed',
    ])
    expect(results[0]?.output).toMatch(/^prc_\S+ was started/)
    expect(results[1]?.output).toBe('hello\n\n[running; read up to 6]')
    expect(results[3]?.output).toMatch(/^got one\n/)
    expect(`${results[5]?.output}${results[6]?.output}`).toMatch(/got quit\n[\s\S]*exit code 4/)
    expect(results[7]?.output).toMatch(/^prc_\S+ {2}exit code 4 {2}echo hello/)
    expect(results[8]?.output).toContain('has ended')
  })

  test('outlives the turn and its cancel, and ends when the session is archived', async () => {
    const bench = await startScripted(
      steps(inBackground('echo up; sleep 81001'), () => ({ call: 'exec', args: { command: 'sleep 81002' } })),
    )
    const { client } = bench
    const id = await session(bench)
    const screen = await follow(client, id)
    await say(client, id, 'go')
    await expect.poll(() => sleeps(81_002), { timeout: 20_000 }).not.toEqual([])
    await client.turns.cancel({ sessionId: id })
    await screen.until('rest', resting)
    expect(sleeps(81_002)).toEqual([])
    const [process] = (await client.terminals.list({ sessionId: id })).processes
    expect(process).toMatchObject({ startedBy: 'agent', command: 'echo up; sleep 81001', takenOver: false })
    expect(process?.ended).toBeUndefined()
    await expect.poll(() => sleeps(81_001), { timeout: 20_000 }).not.toEqual([])
    await client.sessions.archive({ sessionId: id, archived: true })
    expect(sleeps(81_001)).toEqual([])
    expect((await ended(client, process!.id)).killed).toBe(true)
    await expect(client.terminals.open({ sessionId: id, ...SIZE })).rejects.toMatchObject({ data: { code: 'session.archived' } })
  })

  test('is asked for as every command is, and so is what is typed into it', async () => {
    const bench = await startScripted(
      steps(inBackground('bash'), (id) => ({ call: 'process_write', args: { id, keys: 'rm -rf ~/x\n' } })),
    )
    const { client, workspace } = bench
    const { id } = await client.sessions.create({ workspace, mode: 'auto' })
    const screen = await follow(client, id)
    await say(client, id, 'go')
    const asked = await screen.until('a question', (view) => view.approvals.length > 0)
    expect(asked.approvals[0]).toMatchObject({ tool: 'process_write', tier: 'exec' })
    await client.turns.cancel({ sessionId: id })
    await screen.until('rest', resting)
  })

  test('without a terminal is taken over with no word, and then typed into', async () => {
    const bench = await startScripted(steps(inBackground('echo ready; read a; echo "a is $a"; sleep 81006')))
    const { client } = bench
    const sessionId = await session(bench)
    await turn(client, sessionId)
    const [process] = (await client.terminals.list({ sessionId })).processes
    const { id } = process!
    await client.terminals.write({ id, data: '', takeOver: true })
    for (const data of 'mine\n') await client.terminals.write({ id, data })
    await until(client, id, /a is mine/)
  })

  test('may be eight in a session', async () => {
    const bench = await startScripted(steps(...Array.from({ length: 9 }, () => inBackground('sleep 81003'))))
    const results = await turn(bench.client, await session(bench))
    expect(results.map(({ status }) => status)).toEqual([...Array(8).fill('done'), 'failed'])
    expect(results[8]?.output).toContain('8 processes run in this session')
    await bench.sidecar.stop()
    expect(sleeps(81_003)).toEqual([])
  })

  test('keeps the end of a flood here and the whole in the spool', async () => {
    const bench = await startScripted(
      steps(inBackground('for i in $(seq 100000); do echo "line $i"; done; echo over; sleep 81004'), (id) => ({
        call: 'process_read',
        args: { id, from: 0, waitSeconds: 1 },
      })),
    )
    const { client } = bench
    const id = await session(bench)
    await turn(client, id)
    const [process] = (await client.terminals.list({ sessionId: id })).processes
    await until(client, process!.id, /over\n/)
    const { kept } = (await one(client, process!.id))!
    expect(kept.to).toBe('over\n'.length + [...Array(100_000).keys()].reduce((sum, i) => sum + `line ${i + 1}\n`.length, 0))
    expect(kept.to - kept.from).toBeLessThan(400 * 1024)
    expect(kept.to - kept.from).toBeGreaterThan(200 * 1024)
  })
})

describe.skipIf(!ready || process.platform !== 'linux')("a person's terminal", () => {
  test('runs in the session’s box, is followed by several, replayed from a place, resized and closed', async () => {
    const bench = await startScripted(() => [{ say: 'hi' }])
    const { client, workspace } = bench
    mkdirSync(`${workspace}/inner`)
    const sessionId = await session(bench)
    const { id } = await client.terminals.open({ sessionId, ...SIZE })
    await client.terminals.write({ id, data: 'ls; echo $((6 * 7)); stty size; touch /outside\n' })
    const seen = await until(client, id, /42[\s\S]*24 80[\s\S]*Read-only file system/)
    expect(seen).toContain('inner')
    await client.terminals.resize({ id, columns: 100, rows: 40 })
    await client.terminals.write({ id, data: 'stty size; exit 3\n' })
    await until(client, id, /40 100/)
    expect((await ended(client, id)).code).toBe(3)
    const process = (await one(client, id))!
    expect(process).toMatchObject({ terminal: { columns: 100, rows: 40 }, startedBy: 'person', kept: { from: 0 } })
    // What is kept is told again, from any place.
    const text = await whatIsKept(client, id, 0)
    expect(text).toHaveLength(process.kept.to)
    const rest = await whatIsKept(client, id, 10)
    expect(rest).toBe(text.slice(10))
    await client.terminals.close({ id })
    expect((await client.terminals.list({})).processes).toEqual([])
    await expect(client.terminals.write({ id, data: 'x' })).rejects.toMatchObject({ data: { code: 'process.notFound' } })
  })

  test('is nothing the agent sees; the agent’s is read only until it is taken over', async () => {
    const bench = await startScripted(
      steps(
        inBackground('echo ready; read a; echo "a is $a"; read b; echo "b is $b"; sleep 81005', { terminal: true }),
        (id) => ({ call: 'process_write', args: { id, keys: 'model\n' } }),
        () => ({ call: 'process_list', args: {} }),
      ),
    )
    const { client } = bench
    const sessionId = await session(bench)
    const mine = await client.terminals.open({ sessionId, ...SIZE })
    const results = await turn(client, sessionId)
    expect(results[2]?.output).not.toContain(mine.id)
    const theirs = (await client.terminals.list({ sessionId })).processes.find(({ startedBy }) => startedBy === 'agent')!
    await until(client, theirs.id, /a is model/)
    await expect(client.terminals.write({ id: theirs.id, data: 'x\n' })).rejects.toMatchObject({
      data: { code: 'process.readOnly' },
    })
    await client.terminals.write({ id: theirs.id, data: 'SECRET-WORD\n', takeOver: true })
    await until(client, theirs.id, /b is SECRET-WORD/)
    expect((await one(client, theirs.id))?.takenOver).toBe(true)
    await client.terminals.close({ id: theirs.id })
    expect(sleeps(81_005)).toEqual([])
    const { entries } = await client.audit.list({ kind: 'process', limit: 50 })
    const titles = entries.map(({ actor, title }) => `${actor}: ${title}`)
    for (const start of [
      'person: Terminal opened',
      'agent: Process started',
      'agent: Typed into',
      'person: Took over',
      'oxbow: Process ended (killed)',
    ])
      expect(
        titles.some((title) => title.startsWith(start)),
        start,
      ).toBe(true)
    expect(entries.every(({ session }) => session === sessionId)).toBe(true)
    expect(JSON.stringify(entries)).not.toContain('SECRET-WORD')
  })

  test('floods nobody: memory stays flat, and a watcher that stops reading holds nothing', async () => {
    const bench = await startScripted(() => [{ say: 'hi' }])
    const { client } = bench
    const { id } = await client.terminals.open({ sessionId: await session(bench), ...SIZE })
    const idle = await client.terminals.watch({ id })
    await idle.next()
    const before = process.memoryUsage().rss
    await client.terminals.write({ id, data: 'head -c 40000000 /dev/zero | tr "\\0" x; echo; echo o""ver\n' })
    for (let tries = 0; tries < 3000 && (await one(client, id))!.kept.to < 40_000_000; tries += 1) await sleep(20)
    const { kept } = (await one(client, id))!
    expect(kept.to).toBeGreaterThan(40_000_000)
    expect(kept.to - kept.from).toBeLessThan(400 * 1024)
    expect(process.memoryUsage().rss - before).toBeLessThan(250 * 2 ** 20)
    const next = await idle.next()
    expect(next.value).toMatchObject({ type: 'output' })
    await idle.return?.(undefined)
  })
})
