import type { Check, Isolation } from '../../contract/index.ts'
import type { Home } from '../../foundation/index.ts'
import type { Providers } from '../../providers/index.ts'
import type { Tiers } from '../../sandbox/index.ts'

/** What the doctor looks at. Rooms may be missing: it also runs where no sidecar does, or can. */
export interface DoctorContext {
  home: Home
  env: NodeJS.ProcessEnv
  providers?: Pick<Providers, 'list' | 'probeLocal' | 'chooseDefault'> | undefined
  tiers?: Pick<Tiers, 'all' | 'readiness'> | undefined
  /** The tier that the settings ask for: it must be there. */
  isolation?: Isolation | undefined
  /** Where the sidecar that asks is reached; undefined where none runs. */
  url?: string | undefined
  platform?: NodeJS.Platform | undefined
}

/** What a check found; its name is given by the list. */
export type Finding = Omit<Check, 'name'>

export const ok = (detail: string): Finding => ({ status: 'ok', detail })
export const warning = (detail: string, mend: string): Finding => ({ status: 'warning', detail, mend })
export const broken = (detail: string, mend: string): Finding => ({ status: 'error', detail, mend })
export const skipped = (detail: string, mend?: string): Finding => ({
  status: 'skipped',
  detail,
  ...(mend !== undefined && { mend }),
})
