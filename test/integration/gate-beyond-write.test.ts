import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ToolPart } from '../../sidecar/contract/index.ts'
import { findProgram } from '../../sidecar/foundation/index.ts'
import { openPlace, type Place } from './malicious/place.ts'
import { order, type Ran, runTurn } from './malicious/run.ts'

let place: Place
beforeAll(async () => {
  place = await openPlace()
  mkdirSync(join(place.outside, 'notes'))
})
afterAll(() => place.close())

const tools = ({ view }: Ran): ToolPart[] => view.messages.flatMap(({ parts }) => parts.filter((part) => part.type === 'tool'))
const call = (name: string, args: unknown) => place.fill(order({ call: name, args }))
const write = (path: string) => call('write', { path, content: 'from an agent\n' })
const run = (command: string) => call('exec', { command })
const auto = () => ({ workspace: place.workspace(), mode: 'auto' as const })
const notes = (name: string) => join(place.outside, 'notes', name)

describe('a file outside of the workspace', () => {
  test('is asked for before it is written, and a yes covers it alone', async () => {
    const path = notes('new.md')
    const where = auto()
    const ran = await runTurn(place.client, where, write('OUT/notes/new.md'), true)
    expect(ran.asked).toMatchObject([{ tool: 'write', onceOnly: true, widen: { path, use: 'write' } }])
    expect(ran.asked[0]!.reason).toContain(path)
    expect(tools(ran)).toMatchObject([{ status: 'done' }])
    expect(readFileSync(path, 'utf8')).toBe('from an agent\n')
    // No other file beside it, and not the same one once more.
    const again = { ...where, sessionId: ran.sessionId }
    for (const name of ['other.md', 'new.md'])
      expect((await runTurn(place.client, again, write(`OUT/notes/${name}`))).asked).toMatchObject([
        { widen: { path: notes(name) } },
      ])
    expect(readdirSync(join(place.outside, 'notes'))).toEqual(['new.md'])
  })

  test('is changed in place after a yes, and stays after a no', async () => {
    writeFileSync(notes('list.md'), 'milk\n')
    const edit = call('edit', { path: 'OUT/notes/list.md', oldText: 'milk', newText: 'oat milk' })
    expect(tools(await runTurn(place.client, auto(), edit))).toMatchObject([{ status: 'denied' }])
    expect(readFileSync(notes('list.md'), 'utf8')).toBe('milk\n')
    expect(tools(await runTurn(place.client, auto(), edit, true))).toMatchObject([{ status: 'done' }])
    expect(readFileSync(notes('list.md'), 'utf8')).toBe('oat milk\n')
  })

  test('that was written with words from outside is labelled like one inside', async () => {
    const where = auto()
    const began = await runTurn(place.client, where, [
      ...order(),
      { type: 'document', name: 'mail.txt', text: 'Please write it down.' },
    ])
    const again = { ...where, sessionId: began.sessionId }
    const ran = await runTurn(place.client, again, write('OUT/notes/tainted.md'), true)
    // The person sees that strangers' words are about.
    expect(ran.asked[0]).toMatchObject({ widen: { path: notes('tainted.md') }, taints: [{ label: 'untrusted' }] })
    const { files } = await place.client.policy.taintedFiles({ limit: 50 })
    expect(files.map(({ path }) => path)).toContain(notes('tainted.md'))
  })
})

describe('nobody is asked, and it stays refused', () => {
  test.each([
    'HOME/.ssh/authorized_keys',
    'HOME/.bashrc',
    'HOME/.gitconfig',
    'HOME/.config/autostart/x.desktop',
    'OXBOW/config.toml',
    'OXBOW/policy.toml',
    'OUT/.oxbow/config.toml',
    'OUT/.git/hooks/pre-commit',
    'OUT/.git/config',
    'OUT/.envrc',
    'OUT/.vscode/tasks.json',
    'OUT/program',
    'OUT',
    'OUT/missing-folder/x.md',
    'OUT/dangling',
    '/etc/cron.d/x',
    '/usr/local/bin/x',
    '/proc/self/mem',
    '/dev/null',
    '/',
  ])('%s', async (path) => {
    for (const folder of ['.oxbow', '.git/hooks', '.vscode']) mkdirSync(join(place.outside, folder), { recursive: true })
    writeFileSync(join(place.outside, 'program'), '#!/bin/sh\n')
    chmodSync(join(place.outside, 'program'), 0o755)
    rmSync(join(place.outside, 'dangling'), { force: true })
    symlinkSync(join(place.personHome, '.zshrc'), join(place.outside, 'dangling'))
    const ran = await runTurn(place.client, auto(), write(path), true)
    expect(ran.asked).toEqual([])
    expect(tools(ran)).toMatchObject([{ status: 'failed' }])
    expect(existsSync(join(place.personHome, '.zshrc'))).toBe(false)
  })
})

test('a name that leads elsewhere after the yes is not followed', async () => {
  const where = auto()
  const way = join(where.workspace, 'way')
  writeFileSync(notes('meant.md'), 'meant\n')
  writeFileSync(notes('victim.md'), 'victim\n')
  symlinkSync(notes('meant.md'), way)
  const ran = await runTurn(place.client, where, write('way'), () => {
    rmSync(way)
    symlinkSync(notes('victim.md'), way)
    return true
  })
  expect(ran.asked[0]?.widen?.path).toBe(notes('meant.md'))
  expect(tools(ran)[0]).toMatchObject({ status: 'failed' })
  expect([readFileSync(notes('meant.md'), 'utf8'), readFileSync(notes('victim.md'), 'utf8')]).toEqual(['meant\n', 'victim\n'])
})

describe.skipIf(findProgram('bwrap') === undefined)('a command that was refused a file', () => {
  test('to write asks for it, and runs again with a yes: with that file alone', async () => {
    const where = auto()
    const path = notes('log.txt')
    rmSync(path, { force: true })
    const command = `echo x >> runs; echo one >> ${path} && { echo two >> ${notes('beside.txt')}; touch ${join(place.outside, 'above')}; true; }`
    const ran = await runTurn(place.client, where, run(command), true)
    expect(ran.asked.filter(({ widen }) => widen)).toMatchObject([
      { tool: 'exec', onceOnly: true, widen: { path, use: 'write' } },
    ])
    expect(ran.asked.at(-1)!.reason).toContain('runs again. What it did already')
    expect(tools(ran)).toMatchObject([{ status: 'done' }])
    expect(readFileSync(path, 'utf8')).toBe('one\n')
    expect(readFileSync(join(where.workspace, 'runs'), 'utf8')).toBe('x\nx\n')
    expect([existsSync(notes('beside.txt')), existsSync(join(place.outside, 'above'))]).toEqual([false, false])
    expect(ran.view.taints).toMatchObject([{ label: 'private' }])
  })

  test('after a no its result stands, and nothing was made', async () => {
    const ran = await runTurn(place.client, auto(), run(`echo one > ${notes('never.txt')}`), (approval) => !approval.widen)
    expect(ran.asked.some(({ widen }) => widen?.path === notes('never.txt'))).toBe(true)
    expect(tools(ran)).toMatchObject([{ status: 'failed', output: expect.stringContaining('No such file or directory') }])
    expect(existsSync(notes('never.txt'))).toBe(false)
  })

  test('to read, since it is hidden, asks for it', async () => {
    mkdirSync(join(place.personHome, 'Papers'), { recursive: true })
    writeFileSync(join(place.personHome, 'Papers/plan.txt'), 'the plan\n')
    writeFileSync(join(place.personHome, 'Papers/other.txt'), 'the other\n')
    const folder = join(place.personHome, 'Papers')
    const ran = await runTurn(
      place.client,
      auto(),
      run(`cat ${folder}/plan.txt && { ls ${folder}; cat ${folder}/other.txt; true; }`),
      true,
    )
    expect(ran.asked.filter(({ widen }) => widen)).toMatchObject([{ widen: { path: join(folder, 'plan.txt'), use: 'read' } }])
    expect(tools(ran)).toMatchObject([{ status: 'done', output: expect.stringContaining('the plan') }])
    expect(tools(ran)[0]!.output).not.toContain('the other')
    expect(ran.view.taints?.map(({ label }) => label)).toContain('private')
  })

  test.each([
    'cat HOME/.ssh/id_ed25519',
    'echo x >> HOME/.bashrc',
    'echo x >> OXBOW/config.toml',
    'echo x >> /etc/passwd',
    'echo x > /usr/local/bin/tool',
    "echo 'cat: HOME/.aws/credentials: Permission denied'; false",
    "echo 'tee: /etc/cron.d/x: Read-only file system'; false",
  ])('nobody is asked after %s', async (command) => {
    const ran = await runTurn(place.client, auto(), run(command), true)
    expect(ran.asked.filter(({ widen }) => widen)).toEqual([])
    expect(readFileSync(join(place.personHome, '.bashrc'), 'utf8')).toBe('# mine\n')
    expect(readFileSync(join(place.oxbowHome, 'config.toml'), 'utf8')).not.toMatch(/^x$/m)
  })
})
