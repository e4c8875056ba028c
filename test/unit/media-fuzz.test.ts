import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toText } from '../../sidecar/media/jobs/convert.ts'
import { shrink } from '../../sidecar/media/jobs/image.ts'
import { inspect } from '../../sidecar/media/jobs/inspect.ts'
import { DOCX, PPTX, XLSX } from '../../sidecar/media/kinds.ts'
import { cleanName } from '../../sidecar/media/name.ts'
import { MediaProblem } from '../../sidecar/media/problem.ts'
import { temporaryFolder } from '../fixtures/log.ts'
import { bmp, docx, gif, jpeg, paragraph, pdf, png, pptx, wav, xlsx } from '../fixtures/media-files.ts'

const whole = {
  png: png(),
  jpg: jpeg(8, 4, 6),
  gif: gif(),
  bmp: bmp(),
  wav: wav().slice(0, 200),
  pdf: pdf('The river', 'bends'),
  docx: docx(paragraph('The bend')),
  xlsx: xlsx([['a', 1]]),
  pptx: pptx([['The ford']], 'note'),
  html: new Uint8Array(Buffer.from('<!doctype html><h1>a</h1><table><tr><td>b<td><p>c</table><ul><li>d')),
}
const MIMES: Readonly<Record<string, string>> = { pdf: 'application/pdf', docx: DOCX, xlsx: XLSX, pptx: PPTX, html: 'text/html' }

/** A file with some bytes changed, and perhaps its end gone. */
const broken = fc
  .tuple(
    fc.constantFrom(...(Object.keys(whole) as (keyof typeof whole)[])),
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 12 }),
    fc.option(fc.nat(), { nil: undefined, freq: 3 }),
  )
  .map(([ending, changes, end]) => {
    const bytes = whole[ending].slice()
    for (const [at, value] of changes) bytes[at % bytes.length] = value
    return { ending, bytes: end === undefined ? bytes : bytes.slice(0, 1 + (end % bytes.length)) }
  })

const problemOrDone = async (work: () => unknown): Promise<void> => {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof MediaProblem)) throw error
    expect(error.code).toMatch(/^media\.[a-zA-Z]+$/)
  }
}

test('whatever is broken in a file, it is read or refused with a word, and nothing else happens', async () => {
  const path = join(temporaryFolder(), 'file')
  await fc.assert(
    fc.asyncProperty(broken, async ({ ending, bytes }) => {
      writeFileSync(path, bytes)
      await problemOrDone(() => inspect(path, `a.${ending}`))
      const mime = MIMES[ending]
      if (mime) await problemOrDone(() => toText(bytes, mime))
      else if (ending !== 'wav') await problemOrDone(() => shrink(bytes, { edge: 4, bytes: 10_000 }))
    }),
    { numRuns: 150 },
  )
}, 60_000)

test('whatever a file is called, its name is no path and steers nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (given) => {
      const name = cleanName(given)
      expect(name).not.toMatch(/[/\\]|\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u)
      expect(name.length).toBeGreaterThan(0)
      expect(name.length).toBeLessThanOrEqual(255)
      expect(name.isWellFormed()).toBe(true)
      expect(['.', '..']).not.toContain(name)
      expect(cleanName(name)).toBe(name)
    }),
  )
})
