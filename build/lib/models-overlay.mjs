import { matchesGlob } from 'node:path'
import { Failure } from './failure.mjs'

/**
 * Lays our own knowledge over the providers, in place. The overlay holds, by provider: `head` (name, env, api, doc), `drop` (models to
 * leave out), `models` (whole models to add) and `input` (kinds of input that are added to models by the pattern of their names).
 * What is laid over nothing is an error: the data moved on and the overlay must follow.
 */
export function overlay(providers, { providers: over }) {
  for (const [id, provider] of Object.entries(providers)) if (over[id] === undefined) throw nothing(provider.id, 'provider')
  for (const [id, { head = {}, drop = [], models = {}, input = {} }] of Object.entries(over)) {
    const provider = providers[id]
    if (provider === undefined) throw nothing(id, 'provider')
    providers[id] = { id, ...head, models: provider.models }
    for (const model of drop) if (!delete provider.models[model]) throw nothing(id, model)
    for (const [name, model] of Object.entries(models)) provider.models[name] = { id: name, ...model }
    for (const [pattern, kinds] of Object.entries(input)) addInput(id, Object.values(provider.models), pattern, kinds)
  }
}

function addInput(provider, models, pattern, kinds) {
  // The name of a model may hold a slash, which is nothing special here.
  const flat = (text) => text.replaceAll('/', '|')
  const meant = models.filter(({ id }) => matchesGlob(flat(id), flat(pattern)))
  if (meant.length === 0) throw nothing(provider, pattern)
  for (const model of meant) {
    model.attachment = true
    model.modalities = { ...model.modalities, input: [...new Set([...model.modalities.input, ...kinds])] }
  }
}

const nothing = (provider, what) =>
  new Failure(`the overlay and the data disagree: ${provider}: ${what}`, { hint: 'Change resources/models.overlay.json.' })
