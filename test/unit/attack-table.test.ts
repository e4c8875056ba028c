import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { KINDS } from '../integration/attacks/attack.ts'
import { ATTACKS } from '../integration/attacks/attacks.ts'
import { GAPS } from '../integration/attacks/gaps.ts'
import { withTable } from '../integration/attacks/table.ts'

it('stands in the README as the data says (node build/attack-table.mjs)', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
  expect(withTable(readme)).toBe(readme)
})

it('has an attack for every kind, and a reason for every gap', () => {
  const attacked = new Set<string>(ATTACKS.map(({ kind }) => kind))
  expect(Object.keys(KINDS).filter((kind) => !attacked.has(kind))).toEqual([])
  for (const gaps of Object.values(GAPS)) for (const reason of Object.values(gaps)) expect(reason).toMatch(/^.{20,}\.$/)
})
