import type { Attack } from './attack.ts'
import { FILE_ATTACKS } from './file-attacks.ts'
import { FLOOD_ATTACKS } from './flood-attacks.ts'
import { NETWORK_ATTACKS } from './network-attacks.ts'
import { SYSTEM_ATTACKS } from './system-attacks.ts'

export const ATTACKS: readonly Attack[] = [...FILE_ATTACKS, ...SYSTEM_ATTACKS, ...NETWORK_ATTACKS, ...FLOOD_ATTACKS]
