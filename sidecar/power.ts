import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

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
