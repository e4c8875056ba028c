import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openConsoleLog } from '../../main/console-log.ts'
import { launchNodeSidecar } from '../../main/sidecar-node.ts'
import { createSupervisor, type Supervisor } from '../../main/supervisor.ts'
import { systemTimers, type Timers } from '../../main/timers.ts'
import type { SidecarState } from '../../sidecar/contract/shell.ts'
import { alive, startedPids } from '../fixtures/processes.ts'

const FAKE = join(import.meta.dirname, '..', 'fixtures', 'fake-sidecar.cjs')
/** No back-off and no patience with an order to stop; a real process cannot be hurried, so its own waits stay. */
const quick: Timers = {
  now: systemTimers.now,
  after: (ms, work) => systemTimers.after(ms >= 10_000 ? ms : Math.min(ms, 500), work),
}
/** Here a process that is not ready in 1.5 s is late. */
const impatient: Timers = { now: systemTimers.now, after: (ms, work) => systemTimers.after(ms === 15_000 ? 1_500 : ms, work) }

let folder: string
let supervisor: Supervisor | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oxbow-supervised-'))
})
afterEach(async () => {
  await supervisor?.stop()
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function supervise(mode: string, timers: Timers, entry = FAKE) {
  vi.stubEnv('FAKE_SIDECAR', mode)
  vi.stubEnv('FAKE_SIDECAR_PIDS', join(folder, 'pids'))
  const states: SidecarState[] = []
  const log = openConsoleLog(join(folder, 'console.log'))
  supervisor = createSupervisor({
    launch: () => {
      for (const pid of startedPids(folder)) expect(alive(pid), 'two children at once').toBe(false)
      return launchNodeSidecar(entry, ['--port', '4300'], log)
    },
    timers,
    logPath: log.path,
    onState: (state) => states.push(state),
  })
  const until = (state: SidecarState['state']) =>
    vi.waitFor(() => expect(supervisor!.state.state).toBe(state), { timeout: 20_000 })
  return { supervisor, states, until, log }
}

describe('a supervised Node process', () => {
  it('becomes ready, is restarted when killed, and stops clean', async () => {
    const { supervisor, states, until } = supervise('good', quick)
    supervisor.start()
    await until('ready')
    process.kill(startedPids(folder)[0]!, 'SIGKILL')
    await vi.waitFor(() =>
      expect(states.map(({ state }) => state)).toEqual(['starting', 'ready', 'restarting', 'starting', 'ready']),
    )
    await supervisor.stop()
    expect(supervisor.state).toEqual({ state: 'stopped' })
    expect(startedPids(folder)).toHaveLength(2)
    expect(startedPids(folder).filter(alive)).toEqual([])
  })

  it('fails after five restarts when it always crashes; the log tells why', async () => {
    const { supervisor, until, log } = supervise('crashes', quick)
    supervisor.start()
    await until('failed')
    expect(startedPids(folder)).toHaveLength(6)
    expect(startedPids(folder).filter(alive)).toEqual([])
    expect(readFileSync(log.path, 'utf8')).toContain('broken on purpose')
  })

  it('is killed when it hangs before it is ready', async () => {
    const { supervisor, states } = supervise('hangs', impatient)
    supervisor.start()
    await vi.waitFor(() => expect(states.map(({ state }) => state)).toContain('restarting'), { timeout: 20_000 })
    await supervisor.stop()
    expect(startedPids(folder).filter(alive)).toEqual([])
  })

  it('is killed when it ignores the order to stop', async () => {
    const { supervisor, until } = supervise('ignores-stop', quick)
    supervisor.start()
    await until('ready')
    await supervisor.stop()
    expect(supervisor.state).toEqual({ state: 'stopped' })
    expect(startedPids(folder).filter(alive)).toEqual([])
  })

  it('fails at once when it refuses, and is ended', async () => {
    const { supervisor, until } = supervise('refuses', systemTimers)
    supervisor.start()
    await until('failed')
    expect(supervisor.state).toHaveProperty('message', 'This home is in use.\nStop the other Oxbow.')
    await supervisor.stop()
    expect(startedPids(folder)).toHaveLength(1)
    expect(startedPids(folder).filter(alive)).toEqual([])
  })

  it('fails with the reason when there is no such program', async () => {
    const { supervisor, until, log } = supervise('good', quick, join(folder, 'missing.js'))
    supervisor.start()
    await until('failed')
    expect(readFileSync(log.path, 'utf8')).toContain('missing.js')
  })
})
