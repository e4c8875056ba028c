import { isAbsolute, relative } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isInside } from '../../sidecar/sandbox/rules.ts'

const name = fc.constantFrom('a', 'b', '.', '..', '', '.git', '..a', 'a.', '...')
const path = fc.array(name, { maxLength: 5 }).map((names) => `/${names.join('/')}`)

describe('whether a path lies in a folder', () => {
  it('is what the way from the one to the other says, however they are spelled', () => {
    fc.assert(
      fc.property(path, path, (inner, folder) => {
        const way = relative(folder, inner)
        expect(isInside(inner, folder)).toBe(way === '' || (way !== '..' && !way.startsWith('../') && !isAbsolute(way)))
      }),
      { numRuns: 2000 },
    )
  })
})
