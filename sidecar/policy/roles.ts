import type { Mode, Role, SafetyTier } from '../contract/index.ts'

/** What a role bundles. A role only ever tightens. */
export interface Bundle {
  tiers: readonly SafetyTier[]
  /** The loosest mode that counts. */
  mode: Mode
  /** What is answered to calls that go out, where no rule allows them. */
  outward: 'allow' | 'ask' | 'deny'
  /** Whether commands may run without isolation, where a person chose that. */
  host: boolean
}

export const BUNDLES: Readonly<Record<Role, Bundle>> = {
  reader: { tiers: ['read'], mode: 'ask', outward: 'deny', host: false },
  worker: { tiers: ['read', 'write', 'net', 'exec'], mode: 'auto-edit', outward: 'ask', host: false },
  operator: { tiers: ['read', 'write', 'net', 'exec'], mode: 'auto', outward: 'allow', host: false },
  owner: { tiers: ['read', 'write', 'net', 'exec'], mode: 'auto', outward: 'allow', host: true },
}
