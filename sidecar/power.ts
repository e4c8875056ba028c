import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PowerState } from './contract/index.ts'

const SUPPLIES = '/sys/class/power_supply'

/**
 * Whether this computer is plugged in, as Linux tells it. Elsewhere, and where there is no battery, it is taken to be.
 * @param supplies the folder of power supplies
 */
export function onPower(supplies = SUPPLIES): boolean {
  try {
    const kept = readdirSync(supplies).map((name) => ({
      type: read(join(supplies, name, 'type')),
      online: read(join(supplies, name, 'online')),
    }))
    const mains = kept.filter(({ type }) => type === 'Mains')
    return mains.length === 0 || mains.some(({ online }) => online === '1')
  } catch {
    return true
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}

/** How the computer stands: as a shell tells it, else as the system's files say. */
export class Power {
  #told: PowerState | undefined
  readonly #changed: () => void

  /** @param changed called after each change that was told */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** Whether it is plugged in, and awake. */
  get plugged(): boolean {
    return this.#told ? !this.#told.onBattery && !this.#told.suspended : onPower()
  }

  /** Whether its person is elsewhere; where nobody tells, they are taken to be. */
  get away(): boolean {
    return this.#told?.away ?? true
  }

  heed(state: PowerState): void {
    this.#told = state
    this.#changed()
  }
}
