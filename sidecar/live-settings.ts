import type { Setting } from './contract/index.ts'
import { loadConfig, setSetting, settingIn, takeUpSetting } from './foundation/index.ts'
import type { Ground } from './ground.ts'
import { globOf } from './policy/index.ts'
import type { Providers } from './providers/index.ts'

/** Settings that a running sidecar takes up at once; the others need a restart. */
const LIVE =
  /^(models\.(default|fallback)|policy\.\w+|memory\.(learn|model|daily_?[tT]okens|dream|dream_?[aA]t|dream_?[tT]okens|retention\.\w+)|sandbox\.(tier|profile))$/

/** Taken up as well, once its index is made. */
const EMBEDDER = /^memory\.embedder/

/** A key is no setting like others: it goes where keys are kept, and is taken up at once. */
async function setKey({ accounts }: Providers, id: string, value: unknown) {
  if (typeof value !== 'string') {
    await accounts.removeKey(id)
    return { setting: { key: `providers.${id}.api_key`, value: null, source: accounts.keeps.place }, restart: false }
  }
  await accounts.add({ id, key: value })
  return { setting: { key: `providers.${id}.api_key`, value: '********', source: accounts.keeps.place }, restart: false }
}

export interface LiveSettings {
  /** Sets one in the home's file, and in the running sidecar where that can be. @throws OxbowError `config.invalid` */
  set(key: string, value: unknown): Promise<{ setting: Setting; restart: boolean }>
}

export interface LiveSettingsParts extends Pick<Ground, 'home' | 'env' | 'overrides' | 'config' | 'sources' | 'watched'> {
  providers: Providers
}

export function createLiveSettings(parts: LiveSettingsParts): LiveSettings {
  const { home, env, overrides, config, sources, watched, providers } = parts
  return {
    async set(key, value) {
      const keyOf = /^providers\.([a-z0-9][a-z0-9_-]*)\.api_?[kK]ey$/.exec(key)?.[1]
      if (keyOf !== undefined) return setKey(providers, keyOf, value)
      if (key === 'policy.private' && Array.isArray(value)) for (const mark of value) globOf(String(mark))
      const setting = await watched.settings.own(() => setSetting(home, key, value))
      if (LIVE.test(key) || EMBEDDER.test(key)) {
        // What a person sets holds at once; taken back, what another layer says does, as at the next start.
        const layers = value === null ? await loadConfig({ home, env, overrides }) : undefined
        takeUpSetting({ config, sources }, key, layers ? settingIn(layers, key) : { value, source: home.config })
      }
      return { setting, restart: !LIVE.test(key) }
    },
  }
}
