import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { watchPower } from '../../main/power.ts'
import { startShell } from '../../main/shell.ts'
import type { SidecarOrder } from '../../sidecar/contract/shell.ts'
import { onPower, Power } from '../../sidecar/power.ts'
import { electronDouble, FakePower } from '../fixtures/electron-double.ts'
import { handTimers } from '../fixtures/hand-timers.ts'
import { temporaryFolder } from '../fixtures/log.ts'

const MINUTE = 60_000
const resting = { onBattery: false, away: false, suspended: false }

function watched() {
  const monitor = new FakePower()
  const timers = handTimers()
  const told: unknown[] = []
  let listens = true
  const watch = watchPower(monitor, timers, (order: SidecarOrder) => {
    if (listens && order.type === 'power') told.push(order.state)
    return listens
  })
  return { monitor, timers, told, watch, deaf: (now: boolean) => (listens = !now) }
}

describe('the shell', () => {
  it('tells each change once: battery, sleep, a person who went and came back', () => {
    const { monitor, timers, told, watch } = watched()
    watch.tell()
    expect(told.splice(0)).toEqual([resting])
    monitor.onBattery = true
    monitor.emit('on-battery')
    monitor.emit('on-battery')
    expect(told.splice(0)).toEqual([{ ...resting, onBattery: true }])
    monitor.emit('suspend')
    monitor.emit('resume')
    expect(told.splice(0)).toEqual([
      { ...resting, onBattery: true, suspended: true },
      { ...resting, onBattery: true },
    ])
    monitor.onBattery = false
    monitor.emit('on-ac')
    timers.pass(MINUTE)
    timers.pass(MINUTE)
    expect(told.splice(0)).toEqual([resting])
    monitor.idle = 'idle'
    timers.pass(MINUTE)
    monitor.idle = 'locked'
    monitor.emit('lock-screen')
    expect(told.splice(0)).toEqual([{ ...resting, away: true }])
    monitor.idle = 'active'
    monitor.emit('unlock-screen')
    expect(told.splice(0)).toEqual([resting])
    watch.stop()
    monitor.idle = 'idle'
    timers.pass(10 * MINUTE)
    expect(told).toEqual([])
  })

  it('tells all to a sidecar that has just started, and again what one did not hear', () => {
    const { monitor, timers, told, watch, deaf } = watched()
    deaf(true)
    watch.tell()
    monitor.onBattery = true
    monitor.emit('on-battery')
    deaf(false)
    timers.pass(MINUTE)
    watch.tell()
    expect(told).toEqual([
      { ...resting, onBattery: true },
      { ...resting, onBattery: true },
    ])
  })

  it("hands it to the sidecar over the supervisor's line", async () => {
    const folder = temporaryFolder()
    const electron = electronDouble({ userData: join(folder, 'user') })
    const timers = handTimers()
    startShell(electron.parts, { out: '/app/out', icons: '/icons', home: folder, env: {}, platform: 'linux', timers })
    await electron.start()
    const [child] = electron.children
    expect(child!.aboutPower).toEqual([])
    child!.ready()
    electron.power.onBattery = true
    electron.power.emit('on-battery')
    expect(child!.aboutPower).toEqual([
      { type: 'power', state: resting },
      { type: 'power', state: { ...resting, onBattery: true } },
    ])
  })
})

describe('the sidecar', () => {
  it('goes by what it is told', () => {
    let changes = 0
    const power = new Power(() => changes++)
    expect(power.away).toBe(true)
    power.heed(resting)
    expect([power.plugged, power.away]).toEqual([true, false])
    power.heed({ ...resting, away: true, suspended: true })
    expect([power.plugged, power.away]).toEqual([false, true])
    power.heed({ ...resting, onBattery: true })
    expect(power.plugged).toBe(false)
    expect(changes).toBe(3)
  })

  it('reads the power supplies of Linux where nobody tells', () => {
    const folder = temporaryFolder()
    expect(onPower(join(folder, 'missing'))).toBe(true)
    const supply = (name: string, type: string, online: string): void => {
      mkdirSync(join(folder, name), { recursive: true })
      writeFileSync(join(folder, name, 'type'), `${type}\n`)
      writeFileSync(join(folder, name, 'online'), `${online}\n`)
    }
    supply('BAT0', 'Battery', '')
    expect(onPower(folder)).toBe(true)
    supply('AC', 'Mains', '0')
    expect(onPower(folder)).toBe(false)
    supply('AC', 'Mains', '1')
    expect(onPower(folder)).toBe(true)
  })
})
