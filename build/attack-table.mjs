/** `node build/attack-table.mjs` writes the attack matrix into the README, from the data that its tests run. */
import { readFileSync, writeFileSync } from 'node:fs'
import { withTable } from '../test/integration/attacks/table.ts'
import { inRoot } from './lib/paths.mjs'

const README = inRoot('README.md')
writeFileSync(README, withTable(readFileSync(README, 'utf8')))
