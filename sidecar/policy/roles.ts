import type { Mode, Role, SafetyTier } from '../contract/index.ts'

/** What a role bundles. A role only ever tightens. */
export interface Bundle {
  tiers: readonly SafetyTier[]
  /** The loosest mode that counts. */
  mode: Mode
  /** What is answered to calls that go out, where no rule allows them. */
  outward: 'allow' | 'ask' | 'deny'
}

export const BUNDLES: Readonly<Record<Role, Bundle>> = {
  reader: { tiers: ['read'], mode: 'ask', outward: 'deny' },
  worker: { tiers: ['read', 'write', 'net', 'exec'], mode: 'auto-edit', outward: 'ask' },
  operator: { tiers: ['read', 'write', 'net', 'exec'], mode: 'auto', outward: 'allow' },
  owner: { tiers: ['read', 'write', 'net', 'exec'], mode: 'auto', outward: 'allow' },
}
