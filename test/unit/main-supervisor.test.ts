import { describe, expect, it } from 'vitest'
import { type Child, createSupervisor } from '../../main/supervisor.ts'
import type { SidecarOrder, SidecarState } from '../../sidecar/contract/shell.ts'
import { handTimers } from '../fixtures/hand-timers.ts'

class FakeChild implements Child<string> {
  orders: [SidecarOrder, readonly string[] | undefined][] = []
  killed = 0
  alive = true
  diesWhenKilled = true
  #report: (report: unknown) => void = () => {}
  #exit: (code: number | null, why?: string) => void = () => {}
  send(order: SidecarOrder, ports?: readonly string[]) {
    this.orders.push([order, ports])
  }
  onReport(listener: (report: unknown) => void) {
    this.#report = listener
  }
  onExit(listener: (code: number | null, why?: string) => void) {
    this.#exit = listener
  }
  kill() {
    this.killed += 1
    if (this.diesWhenKilled) this.exit(null)
  }
  say(report: unknown) {
    this.#report(report)
  }
  ready() {
    this.say({ type: 'ready', url: null, link: null, pid: 1 })
  }
  exit(code: number | null, why?: string) {
    this.alive = false
    this.#exit(code, why)
  }
}

function setUp(prepare: (child: FakeChild) => void = () => {}) {
  const timers = handTimers()
  const children: FakeChild[] = []
  const states: SidecarState[] = []
  const supervisor = createSupervisor<string>({
    launch() {
      expect(
        children.filter((child) => child.alive),
        'two children at once',
      ).toEqual([])
      const child = new FakeChild()
      prepare(child)
      children.push(child)
      return child
    },
    timers,
    logPath: '/logs/x.log',
    onState: (state) => states.push(state),
  })
  return { timers, children, states, supervisor, last: () => children.at(-1)! }
}

const delays = (states: SidecarState[]) => states.flatMap((state) => (state.state === 'restarting' ? [state.delayMs] : []))

describe('supervisor', () => {
  it('is ready only when the child says so, and ignores what is no report', () => {
    const { supervisor, states, last } = setUp()
    expect(supervisor.state).toEqual({ state: 'stopped' })
    supervisor.start()
    for (const junk of [null, 'ready', 7, {}, { type: 'ready' }, { type: 'refused' }, { type: 'ready', pid: '1' }])
      last().say(junk)
    expect(supervisor.state).toEqual({ state: 'starting' })
    last().ready()
    last().ready()
    expect(states).toEqual([{ state: 'starting' }, { state: 'ready' }])
  })

  it('restarts with a doubled delay each time, and gives up after five in a minute', () => {
    const { supervisor, timers, states, children, last } = setUp()
    supervisor.start()
    for (const delay of [250, 500, 1000, 2000, 4000]) {
      last().ready()
      last().exit(1)
      const before = children.length
      timers.pass(delay - 1)
      expect(children.length).toBe(before)
      timers.pass(1)
      expect(children.length).toBe(before + 1)
    }
    expect(delays(states)).toEqual([250, 500, 1000, 2000, 4000])
    last().exit(3)
    expect(supervisor.state).toMatchObject({ state: 'failed', logPath: '/logs/x.log' })
    expect(supervisor.state).toHaveProperty('message', expect.stringContaining('exit code 3'))
    timers.pass(600_000)
    expect(children.length).toBe(6)
    expect(timers.waiting).toBe(0)
  })

  it('never waits longer than eight seconds, and goes on when failures are rarer than five in a minute', () => {
    const { supervisor, timers, states, last } = setUp()
    supervisor.start()
    for (let round = 0; round < 12; round++) {
      timers.pass(7_000)
      last().exit(1)
      timers.pass(8_000)
    }
    expect(delays(states)).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000, 8000, 8000, 8000, 8000])
  })

  it('forgets the delays once the sidecar ran for a minute', () => {
    const { supervisor, timers, states, last } = setUp()
    supervisor.start()
    last().exit(1)
    timers.pass(250)
    last().exit(1)
    timers.pass(500)
    last().ready()
    timers.pass(60_000)
    last().exit(1)
    expect(delays(states)).toEqual([250, 500, 250])
  })

  it('counts a child that does not become ready in 15 s as a failure, and ends it first', () => {
    const { supervisor, timers, children, last } = setUp()
    supervisor.start()
    timers.pass(14_999)
    expect(last().killed).toBe(0)
    timers.pass(1)
    expect(last().killed).toBe(1)
    expect(supervisor.state).toEqual({ state: 'restarting', attempt: 1, delayMs: 250 })
    timers.pass(250)
    expect(children.length).toBe(2)
  })

  it('launches no second child while one that was killed is still there, even when asked to', () => {
    const { supervisor, timers, children, last } = setUp((child) => {
      child.diesWhenKilled = false
    })
    supervisor.start()
    timers.pass(25_000)
    expect(supervisor.state.state).toBe('failed')
    supervisor.start()
    timers.pass(600_000)
    expect(children.length).toBe(1)
    last().exit(null)
    supervisor.start()
    expect(children.length).toBe(2)
  })

  it('counts a launch that throws as a failure', () => {
    const timers = handTimers()
    let launches = 0
    const supervisor = createSupervisor({
      launch() {
        launches += 1
        throw new Error('no such file')
      },
      timers,
      logPath: 'log',
      onState: () => {},
    })
    supervisor.start()
    timers.pass(60_000)
    expect(launches).toBe(6)
    expect(supervisor.state).toHaveProperty('message', expect.stringContaining('no such file'))
  })

  it('tells why a program could not be started', () => {
    const { supervisor, timers, last } = setUp()
    supervisor.start()
    for (let n = 0; n < 6; n++) {
      last().exit(null, 'spawn ENOENT')
      timers.pass(10_000)
    }
    expect(supervisor.state).toHaveProperty('message', expect.stringContaining('spawn ENOENT'))
  })

  it('shows a refusal at once with its hint, restarts nothing, and starts again when asked', () => {
    const { supervisor, timers, children, last } = setUp()
    supervisor.start()
    last().say({ type: 'refused', message: 'The database is newer.', hint: 'Update Oxbow.' })
    const failed = { state: 'failed', logPath: '/logs/x.log', message: 'The database is newer.\nUpdate Oxbow.' }
    expect(supervisor.state).toEqual(failed)
    last().exit(1)
    timers.pass(600_000)
    expect(supervisor.state).toEqual(failed)
    expect(children.length).toBe(1)
    supervisor.start()
    last().ready()
    expect(supervisor.state).toEqual({ state: 'ready' })
  })

  it('ends a child that refused and stays, and keeps a wish to start until it is gone', () => {
    const { supervisor, timers, children, last } = setUp()
    supervisor.start()
    last().say({ type: 'refused', message: 'In use.' })
    supervisor.start()
    expect(children.length).toBe(1)
    timers.pass(4_500)
    expect(children[0]!.killed).toBe(1)
    expect(children.length).toBe(2)
    expect(last().alive).toBe(true)
  })

  it('stops in good order: asks, waits 4.5 s, kills', async () => {
    const { supervisor, timers, last } = setUp()
    supervisor.start()
    last().ready()
    const stopped = supervisor.stop()
    expect(supervisor.stop()).toBe(stopped)
    expect(last().orders).toEqual([[{ type: 'stop' }, undefined]])
    timers.pass(4_499)
    expect(last().killed).toBe(0)
    timers.pass(1)
    expect(last().killed).toBe(1)
    await stopped
    expect(supervisor.state).toEqual({ state: 'stopped' })
    expect(timers.waiting).toBe(0)
  })

  it('does not kill a child that stops when asked', async () => {
    const { supervisor, timers, last } = setUp()
    supervisor.start()
    last().ready()
    const stopped = supervisor.stop()
    last().exit(0)
    await stopped
    timers.pass(600_000)
    expect(last().killed).toBe(0)
    expect(supervisor.state).toEqual({ state: 'stopped' })
  })

  it('resolves a stop after 5 s even when the child cannot be killed', async () => {
    const { supervisor, timers, last } = setUp((child) => {
      child.diesWhenKilled = false
    })
    supervisor.start()
    last().ready()
    const stopped = supervisor.stop()
    timers.pass(5_000)
    await stopped
    expect(supervisor.state).toMatchObject({ state: 'failed' })
  })

  it('waits for a killed child on a busy machine, but not when it is to stop', async () => {
    const { supervisor, timers, children, last } = setUp((child) => {
      child.diesWhenKilled = false
    })
    supervisor.start()
    timers.pass(24_000)
    expect(supervisor.state).toEqual({ state: 'starting' })
    last().exit(null)
    expect(supervisor.state).toEqual({ state: 'restarting', attempt: 1, delayMs: 250 })
    timers.pass(250 + 15_000)
    expect(last().killed).toBe(1)
    const stopped = supervisor.stop()
    timers.pass(500)
    await stopped
    expect(children.length).toBe(2)
  })

  it.each(['starting', 'waiting', 'never started'])('stops while it is %s', async (when) => {
    const { supervisor, timers, children, last } = setUp()
    if (when !== 'never started') supervisor.start()
    if (when === 'waiting') last().exit(1)
    const stopped = supervisor.stop()
    if (when === 'starting') last().exit(0)
    await stopped
    timers.pass(600_000)
    expect(supervisor.state).toEqual({ state: 'stopped' })
    expect(children.length).toBe(when === 'never started' ? 0 : 1)
  })

  it('takes a clean exit of a ready child for a stop through a door', () => {
    const { supervisor, timers, children, last } = setUp()
    supervisor.start()
    last().ready()
    last().exit(0)
    timers.pass(600_000)
    expect(supervisor.state).toEqual({ state: 'stopped' })
    expect(children.length).toBe(1)
  })

  it('sends orders with their ports to a ready child only', () => {
    const { supervisor, last } = setUp()
    expect(supervisor.send({ type: 'port' }, ['a'])).toBe(false)
    supervisor.start()
    expect(supervisor.send({ type: 'port' }, ['b'])).toBe(false)
    last().ready()
    expect(supervisor.send({ type: 'port' }, ['c'])).toBe(true)
    expect(last().orders).toEqual([[{ type: 'port' }, ['c']]])
  })
})
