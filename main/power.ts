import type { PowerState, SidecarOrder } from '../sidecar/contract/shell.ts'
import type { ElectronParts } from './electron.ts'
import type { Timers } from './timers.ts'

type PowerMonitor = Pick<ElectronParts['powerMonitor'], 'isOnBatteryPower' | 'getSystemIdleState'> & {
  on(event: (typeof EVENTS)[number], listener: () => void): unknown
}

const EVENTS = ['on-ac', 'on-battery', 'suspend', 'resume', 'lock-screen', 'unlock-screen'] as const
/** Without a key or a movement for so long, nobody is there. In seconds. */
const AWAY_S = 300
/** No event tells that a person went away or came back: it is looked after this often. */
const LOOK_MS = 60_000

/**
 * Tells the sidecar how the computer stands: on battery, asleep, left by its person. Each change once, and all of it to a sidecar that
 * has just started. Call it once the app is ready.
 * @returns `tell`: to be called when a sidecar is ready; `stop`: nothing is looked at any more
 */
export function watchPower(
  powerMonitor: PowerMonitor,
  timers: Timers,
  send: (order: SidecarOrder) => boolean,
): { tell(): void; stop(): void } {
  let suspended = false
  let told = ''
  let cancel = (): void => {}
  const now = (): PowerState => ({
    onBattery: powerMonitor.isOnBatteryPower(),
    away: powerMonitor.getSystemIdleState(AWAY_S) !== 'active',
    suspended,
  })
  const look = (): void => {
    const state = now()
    const words = JSON.stringify(state)
    if (words !== told && send({ type: 'power', state })) told = words
  }
  const again = (): void => {
    look()
    cancel = timers.after(LOOK_MS, again)
  }
  for (const event of EVENTS)
    powerMonitor.on(event, () => {
      if (event === 'suspend') suspended = true
      if (event === 'resume') suspended = false
      look()
    })
  cancel = timers.after(LOOK_MS, again)
  return {
    tell: () => {
      told = ''
      look()
    },
    stop: () => cancel(),
  }
}
