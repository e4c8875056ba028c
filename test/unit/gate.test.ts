import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createDecisionLog } from '../../sidecar/audit/index.ts'
import type { Mode, SafetyTier } from '../../sidecar/contract/index.ts'
import { loadWorkspacePolicy, systemClock } from '../../sidecar/foundation/index.ts'
import { type Call, createGate, createGrants, grantSubject } from '../../sidecar/policy/index.ts'
import { createProcessSandbox } from '../../sidecar/sandbox/index.ts'
import { newSession, openLog, temporaryFolder } from '../fixtures/log.ts'

/** The gate on a real database, over a workspace whose own config is the text given. */
function gateOver(policy?: string) {
  const { db, log } = openLog()
  const workspace = temporaryFolder()
  if (policy !== undefined) {
    mkdirSync(join(workspace, '.oxbow'))
    writeFileSync(join(workspace, '.oxbow', 'config.toml'), policy)
  }
  const sessionId = newSession(log)
  const grants = createGrants(db, systemClock)
  const limit = async (folder: string): Promise<Mode | undefined> => (await loadWorkspacePolicy(folder)).mode
  const gate = createGate({ grants, decisions: createDecisionLog(db, systemClock), limit, personHome: '/home/ada' })
  const call = (tier: SafetyTier, mode: Mode, more: Partial<Call> = {}): Call => ({
    sessionId,
    workspace,
    mode,
    tool: tier,
    tier,
    title: tier,
    args: { command: 'true' },
    ...more,
  })
  return { db, gate, grants, call, sessionId, workspace }
}

describe('the gate', () => {
  test.each<[SafetyTier, Mode, string]>([
    ['read', 'ask', 'allow'],
    ['write', 'ask', 'ask'],
    ['exec', 'ask', 'ask'],
    ['write', 'auto-edit', 'allow'],
    ['exec', 'auto-edit', 'ask'],
    ['write', 'auto', 'allow'],
    ['exec', 'auto', 'allow'],
  ])('%s in mode %s: %s, and it is recorded', async (tier, mode, effect) => {
    const { gate, call, db } = gateOver()
    expect((await gate.authorize(call(tier, mode))).effect).toBe(effect)
    expect(db.prepare('SELECT tier, effect FROM decisions').all()).toEqual([{ tier, effect }])
  })

  test('missing isolation denies, whatever the mode and whatever was granted, and says what mends it', async () => {
    const { gate, call, grants, sessionId, workspace } = gateOver()
    const sandbox = createProcessSandbox({ home: workspace, tmpRoot: temporaryFolder(), allowHosts: [], platform: 'win32' })
    const readiness = await sandbox.readiness()
    if (readiness.ready) throw new Error('there is no process sandbox for Windows')
    const wanted = call('exec', 'auto', { missing: readiness })
    grants.add({ scope: 'always', sessionId, workspace, tier: 'exec', subject: grantSubject('exec', wanted.args) })
    const { effect, reason } = await gate.authorize(wanted)
    expect(effect).toBe('deny')
    expect(reason).toContain(readiness.mend)
  })

  test('a workspace tightens the mode, and never loosens it', async () => {
    const strict = gateOver('[policy]\nmode = "ask"\n')
    expect((await strict.gate.authorize(strict.call('exec', 'auto'))).effect).toBe('ask')
    const loose = gateOver('[policy]\nmode = "auto"\n')
    expect((await loose.gate.authorize(loose.call('exec', 'ask'))).effect).toBe('ask')
  })

  test('a policy that cannot be read denies what it might have forbidden', async () => {
    const { gate, call } = gateOver('[policy]\nmode = "yolo"\n')
    expect(await gate.authorize(call('write', 'auto'))).toMatchObject({
      effect: 'deny',
      reason: expect.stringContaining('policy.mode'),
    })
  })
})

describe('commands', () => {
  const dangerous = { command: 'rm -rf ~' }

  test('that are dangerous or cannot be read are asked even in mode auto, with what they would do', async () => {
    const { gate, call } = gateOver()
    expect(await gate.authorize(call('exec', 'auto', { args: dangerous }))).toEqual({
      effect: 'ask',
      reason: 'It deletes /home/ada with everything in it.',
    })
    expect(await gate.authorize(call('exec', 'auto', { args: { command: '$(cat plan)' } }))).toMatchObject({
      effect: 'ask',
      reason: expect.stringContaining('cannot be told'),
    })
    expect(await gate.authorize(call('exec', 'auto', { args: { command: 'ls | wc -l' } }))).toMatchObject({ effect: 'allow' })
  })

  test('that are harmless are asked by the names of their programs', async () => {
    const { gate, call } = gateOver()
    const args = { command: 'git status && ls | wc -l' }
    expect(await gate.authorize(call('exec', 'ask', { args }))).toEqual({ effect: 'ask', reason: 'it runs git, ls and wc' })
  })

  test('a standing yes to the letter holds for a dangerous one too', async () => {
    const { gate, call, grants, sessionId, workspace } = gateOver()
    grants.add({ scope: 'always', sessionId, workspace, tier: 'exec', subject: grantSubject('exec', dangerous) })
    expect((await gate.authorize(call('exec', 'auto', { args: dangerous }))).effect).toBe('allow')
  })
})
