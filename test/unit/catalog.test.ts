import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCatalog } from '../../sidecar/providers/catalog.ts'
import { CatalogFile, CatalogProvider } from '../../sidecar/providers/catalog-file.ts'

const SHIPPED = join(import.meta.dirname, '../../resources/models.json')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oxbow-catalog-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const model = (id: string, more: object = {}) => ({
  id,
  name: `Model ${id}`,
  reasoning: false,
  tool_call: false,
  modalities: { input: ['text'], output: ['text'] },
  limit: { context: 1000, output: 100 },
  ...more,
})
const provider = (id: string, models: object[]) => ({
  id,
  name: id,
  env: [],
  models: Object.fromEntries(models.map((each) => [(each as { id: string }).id, each])),
})

function own(content: unknown): { path: string; warnings: string[]; log: { warn(fields: object, message: string): void } } {
  const path = join(folder, 'models.json')
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  const warnings: string[] = []
  return { path, warnings, log: { warn: (_, message) => void warnings.push(message) } }
}

describe('the catalogue that is shipped', () => {
  it('holds to its own schema, names its source and its licence', () => {
    const text = readFileSync(SHIPPED, 'utf8')
    const { providers } = CatalogFile.parse(JSON.parse(text))
    for (const [id, entry] of Object.entries(providers)) {
      const { models } = CatalogProvider.parse(entry)
      expect(Object.keys(models).length, id).toBeGreaterThan(0)
      for (const [name, { id: own }] of Object.entries(models)) expect(own).toBe(name)
    }
    expect(text).toMatch(/"notice": "Data of models\.dev \(MIT\)/)
    expect(readFileSync(SHIPPED.replace('.json', '.LICENSE'), 'utf8')).toContain('MIT License')
  })

  it('says what a model can take, do and cost', () => {
    const catalog = createCatalog()
    expect(catalog.models('openai').get('gpt-4.1')).toMatchObject({ contextTokens: 1_047_576, tools: true, reasoning: false })
    expect(catalog.models('anthropic').get('claude-opus-4-8')).toMatchObject({
      input: ['text', 'image', 'pdf'],
      output: ['text'],
      reasoning: true,
      thinksAdaptively: true,
      price: { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 },
    })
    expect(catalog.models('google').get('gemini-2.5-pro')?.input).toEqual(['text', 'image', 'audio', 'video', 'pdf'])
    expect(catalog.models('openrouter').get('openrouter/auto')).toMatchObject({ price: undefined })
    expect(catalog.models('together')).toBe(catalog.models('togetherai'))
    expect(catalog.models('nobody').size).toBe(0)
  })

  it('has the tiers of a price, the shortest first', () => {
    const tiered = [...createCatalog().models('google').values()].find((each) => each.price?.tiers)
    expect(tiered?.price?.tiers?.[0]).toMatchObject({ above: expect.any(Number), input: expect.any(Number) })
  })
})

describe('a newer catalogue', () => {
  const newer = { asOf: '2999-01-01T00:00:00Z', providers: { openai: provider('openai', [model('gpt-of-tomorrow')]) } }

  it('wins where it says something', () => {
    const catalog = createCatalog(own(newer))
    expect([...catalog.models('openai').keys()]).toEqual(['gpt-of-tomorrow'])
    expect(catalog.models('anthropic').size).toBeGreaterThan(10)
  })

  it('does not win over a younger Oxbow', () => {
    const catalog = createCatalog(own({ ...newer, asOf: '2001-01-01T00:00:00Z' }))
    expect(catalog.models('openai').has('gpt-of-tomorrow')).toBe(false)
  })

  it.each([
    ['no JSON', '{'],
    ['another shape', { providers: [] }],
    [
      'a broken model',
      { ...newer, providers: { openai: provider('openai', [model('x', { limit: { context: -1, output: 1 } })]) } },
    ],
  ])('that is broken (%s) gives way to the one shipped, and that is said', (_, content) => {
    const { path, log, warnings } = own(content)
    const catalog = createCatalog({ path, log })
    expect(catalog.models('openai').has('gpt-4.1')).toBe(true)
    expect(warnings).toEqual([expect.stringContaining('the newer model catalogue is broken')])
  })

  it('is read again when told', () => {
    const file = own(newer)
    const catalog = createCatalog(file)
    expect(catalog.models('openai').size).toBe(1)
    own({ ...newer, providers: { openai: provider('openai', [model('a'), model('b')]) } })
    expect(catalog.models('openai').size).toBe(1)
    catalog.forget()
    expect(catalog.models('openai').size).toBe(2)
  })
})
