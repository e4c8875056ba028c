import type { Mode, Role, SandboxProfile, SetIsolation, Setting } from './contract/index.ts'
import { type Config, setSetting } from './foundation/index.ts'
import type { Ground } from './ground.ts'
import { globOf } from './policy/index.ts'
import type { Providers } from './providers/index.ts'
import { takeUpMemory } from './remembering.ts'

/** Settings that a running sidecar takes up at once; the others need a restart. */
const LIVE =
  /^(models\.(default|fallback)|policy\.\w+|memory\.(learn|model|daily_?[tT]okens|dream|dream_?[aA]t|dream_?[tT]okens|retention\.\w+)|sandbox\.(tier|profile))$/

/** A key is no setting like others: it goes where keys are kept, and is taken up at once. */
async function setKey({ accounts }: Providers, id: string, value: unknown) {
  if (typeof value !== 'string') {
    await accounts.removeKey(id)
    return { setting: { key: `providers.${id}.api_key`, value: null, source: accounts.keeps.place }, restart: false }
  }
  await accounts.add({ id, key: value })
  return { setting: { key: `providers.${id}.api_key`, value: '********', source: accounts.keeps.place }, restart: false }
}

/** What the gate reads with each call. @param value checked when it was written; null takes the default */
function takeUpPolicy({ policy }: Config, key: string, value: unknown): void {
  if (key === 'policy.mode') policy.mode = (value as Mode | null) ?? 'ask'
  if (key === 'policy.role') policy.role = (value as Role | null) ?? 'operator'
  if (key === 'policy.private') policy.private = (value as string[] | null) ?? []
  if (key === 'policy.tainted') policy.tainted = (value as 'ask' | 'deny' | null) ?? 'ask'
  if (key === 'policy.approval_expiry' || key === 'policy.approvalExpiry')
    policy.approvalExpiry = (value as string | null) ?? undefined
}

export interface LiveSettings {
  /** Sets one in the home's file, and in the running sidecar where that can be. @throws OxbowError `config.invalid` */
  set(key: string, value: unknown): Promise<{ setting: Setting; restart: boolean }>
}

export interface LiveSettingsParts extends Pick<Ground, 'home' | 'config' | 'watched'> {
  providers: Providers
}

export function createLiveSettings({ home, config, watched, providers }: LiveSettingsParts): LiveSettings {
  return {
    async set(key, value) {
      const keyOf = /^providers\.([a-z0-9][a-z0-9_-]*)\.api_?[kK]ey$/.exec(key)?.[1]
      if (keyOf !== undefined) return setKey(providers, keyOf, value)
      if (key === 'policy.private' && Array.isArray(value)) for (const mark of value) globOf(String(mark))
      const setting = await watched.settings.own(() => setSetting(home, key, value))
      if (key === 'models.default') config.models.default = value === null ? undefined : (value as string)
      if (key === 'models.fallback') config.models.fallback = (value as string[] | null) ?? []
      if (key.startsWith('memory.')) takeUpMemory(config, key, value)
      if (key.startsWith('policy.')) takeUpPolicy(config, key, value)
      if (key === 'sandbox.tier') config.sandbox.tier = (value as SetIsolation | null) ?? undefined
      if (key === 'sandbox.profile') config.sandbox.profile = (value as SandboxProfile | null) ?? undefined
      return { setting, restart: !LIVE.test(key) }
    },
  }
}
