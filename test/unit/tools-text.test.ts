import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { Capture } from '../../sidecar/tools/capture.ts'
import { diffOf } from '../../sidecar/tools/diff.ts'
import { createSpool, createTools, toolSpec } from '../../sidecar/tools/index.ts'
import { bounded, headOf, MOST_BYTES, tailOf } from '../../sidecar/tools/text.ts'

const dir = mkdtempSync(join(tmpdir(), 'oxbow-spool-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const size = (text: string): number => Buffer.byteLength(text)
const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', 'é', '€', '🐂', '👩‍👩‍👧', '\ud800', '\udc00', 'e\u0301'),
    fc.string({ minLength: 1, maxLength: 1 }),
  ),
  maxLength: 60,
})
const wholeText = fc.string({ unit: fc.constantFrom('a', 'é', '€', '🐂', '\n'), maxLength: 60 })

describe('cutting text', () => {
  it('keeps within the bytes, on whole characters, from the right end', () => {
    fc.assert(
      fc.property(anyText, fc.nat(80), (text, bytes) => {
        for (const cut of [headOf(text, bytes), tailOf(text, bytes)]) {
          expect(size(cut)).toBeLessThanOrEqual(bytes)
          expect(cut.isWellFormed()).toBe(true)
        }
        const whole = text.toWellFormed()
        expect(whole.startsWith(headOf(text, bytes))).toBe(true)
        expect(whole.endsWith(tailOf(text, bytes))).toBe(true)
      }),
    )
  })

  it('takes as much as fits', () => {
    fc.assert(
      fc.property(wholeText, fc.nat(80), (text, bytes) => {
        for (const cut of [headOf(text, bytes), tailOf(text, bytes)]) {
          expect(cut === text || size(cut) > bytes - 4).toBe(true)
        }
      }),
    )
  })

  it('gives a model start and end within its bound', () => {
    fc.assert(
      fc.property(fc.constantFrom('a', 'é', '€', '🐂', 'ab\n🐂'), fc.integer({ min: 0, max: 40_000 }), (unit, count) => {
        const text = `START${unit.repeat(count)}END`
        const cut = bounded(text, 'the rest is elsewhere')
        expect(size(cut)).toBeLessThanOrEqual(MOST_BYTES)
        expect(cut.startsWith('START') && cut.endsWith('END')).toBe(true)
        expect(cut === text).toBe(size(text) <= MOST_BYTES)
      }),
      { numRuns: 50 },
    )
  })
})

describe('a captured output', () => {
  it('is whole in the spool and bounded for the model, however it came in pieces', async () => {
    const spool = createSpool(join(dir, 'capture'))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: fc.constantFrom('a', '€', '🐂', '\n'), maxLength: 3000 }), { maxLength: 20 }),
        async (pieces) => {
          const capture = new Capture(spool)
          for (const piece of pieces) await capture.take(piece)
          const { text, spool: name } = await capture.finish(200)
          const all = pieces.join('')
          expect(size(text)).toBeLessThanOrEqual(MOST_BYTES - 200)
          if (name === undefined) expect(text).toBe(all)
          else expect(readFileSync(spool.locate(name), 'utf8')).toBe(all)
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('the spool', () => {
  it('keeps an output for its user only, under a name nobody guesses', async () => {
    const spool = createSpool(join(dir, 'one'))
    const name = await spool.save('kept 🐂')
    expect(name).toMatch(/^spool:[0-9a-f]{20}$/)
    expect(readFileSync(spool.locate(name), 'utf8')).toBe('kept 🐂')
    expect(statSync(spool.locate(name)).mode & 0o777).toBe(0o600)
    expect(statSync(join(dir, 'one')).mode & 0o777).toBe(0o700)
  })

  it('cuts what is too long and lets the oldest go', async () => {
    const spool = createSpool(join(dir, 'two'), { output: 100, total: 350 })
    const names: string[] = []
    for (let i = 0; i < 8; i += 1) {
      names.push(await spool.save('€'.repeat(50)))
      await new Promise((done) => setTimeout(done, 5))
    }
    expect(readFileSync(spool.locate(names.at(-1)!), 'utf8')).toBe('€'.repeat(33))
    expect(readdirSync(join(dir, 'two')).length).toBeLessThanOrEqual(4)
    expect(() => readFileSync(spool.locate(names[0]!))).toThrow('ENOENT')
  })

  it.each(['../config.toml', 'spool:../../x', 'spool:', '', '/etc/passwd', 'spool:ABC', `spool:${'a'.repeat(99)}`])(
    'does not know %j',
    (name) => {
      expect(() => createSpool(dir).locate(name)).toThrow(expect.objectContaining({ code: 'path.notFound' }))
    },
  )
})

describe('a diff', () => {
  it('counts and shows what changed', () => {
    expect(diffOf('a', 'one\ntwo\nthree\n', 'one\n2\nthree\nfour\n')).toEqual({
      path: 'a',
      added: 2,
      removed: 1,
      diff: '@@ -1,3 +1,4 @@\n one\n-two\n+2\n three\n+four',
    })
  })

  it('stays bounded', () => {
    const long = Array.from({ length: 5000 }, (_, i) => `line ${i} ${'🐂'.repeat(50)}`).join('\n')
    const { diff, added } = diffOf('a', '', long)
    expect(added).toBe(5000)
    expect(size(diff)).toBeLessThanOrEqual(16 * 1024)
    expect(diff.split('\n').length).toBeLessThanOrEqual(202)
  })
})

describe('what a model sees of the tools', () => {
  it('is a strict JSON Schema with a description on every field', () => {
    const specs = createTools().map(toolSpec)
    expect(specs.map((spec) => spec.name)).toEqual(['ls', 'read', 'find', 'grep', 'write', 'edit', 'exec'])
    for (const { parameters, description } of specs) {
      expect(description.length).toBeGreaterThan(20)
      expect(parameters).toMatchObject({ type: 'object', additionalProperties: false })
      for (const field of Object.values(parameters.properties as object))
        expect(field).toMatchObject({ description: expect.any(String) })
    }
    expect(specs.find(({ name }) => name === 'edit')?.parameters.required).toEqual(['path', 'oldText', 'newText'])
  })

  it('names tiers as their effects are', () => {
    const tiers = Object.fromEntries(createTools().map(({ name, tier }) => [name, tier]))
    expect(tiers).toEqual({ ls: 'read', read: 'read', find: 'read', grep: 'read', write: 'write', edit: 'write', exec: 'exec' })
  })
})
