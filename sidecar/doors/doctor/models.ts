import type { ModelInfo } from '../../contract/index.ts'
import { type DoctorContext, type Finding, ok, skipped, warning } from './context.ts'

const LATER = 'It is looked at once the settings are right.'

/** Which providers have what they need; keys themselves are never shown. */
export async function checkKeys({ providers }: DoctorContext): Promise<Finding> {
  if (!providers) return skipped('not looked at', LATER)
  const models = await providers.list()
  const { model, why } = providers.chooseDefault()
  const chosen = `new sessions use ${model}`
  const locked = new Map(models.filter(({ ready }) => !ready).map(({ provider, note }) => [provider, note]))
  const ready = [...new Set(models.filter(isCallable).map(({ provider }) => provider))]
  const lock = locked.get(model.slice(0, model.indexOf('/')))
  if (lock !== undefined) return warning(`${chosen}, which has no key`, lock)
  if (ready.length === 0) return warning(`no provider has a key; ${chosen}: ${why}`, [...locked.values()][0] ?? 'Set a key.')
  return ok(`ready: ${ready.join(', ')}${locked.size > 0 ? `; no key: ${[...locked.keys()].join(', ')}` : ''}; ${chosen}`)
}

/** The guide is always there, and is no language model. */
const isCallable = ({ ready, provider }: ModelInfo): boolean => ready && provider !== 'offline'

/** A model server on this computer. Optional. */
export async function checkLocalModels({ providers }: DoctorContext): Promise<Finding> {
  if (!providers) return skipped('not looked at', LATER)
  const found = await providers.probeLocal()
  if (found.length > 0)
    return ok(found.map(({ provider, baseUrl, models }) => `${provider} at ${baseUrl} (${models.length} models)`).join(', '))
  return skipped(
    'no model server on this computer; optional',
    'Start one, for example Ollama (https://ollama.com) with `ollama serve`.',
  )
}
