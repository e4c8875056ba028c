import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { removeTable } from '../../sidecar/foundation/index.ts'
import { temporaryFolder } from '../fixtures/log.ts'

const KEPT = '# mine\n[gateway]\nport = 4321 # as it was\n'

test.each<[string, string, string]>([
  ['a table', `${KEPT}\n[providers.mine]\nbase_url = "http://a.b/v1"\nmodels = ["x"]\n`, `${KEPT}\n`],
  ['a table between others', `[providers.mine]\ntype = "openai"\n\n${KEPT}`, `\n${KEPT}`],
  ['a table with one below it', `${KEPT}[providers.mine]\ntype = "openai"\n[providers.mine.headers]\nx-a = "b"\n`, KEPT],
  ['dotted keys', `providers.mine.type = "openai"\nproviders.mine.api_key = "k"\n${KEPT}`, KEPT],
  [
    'an inline table',
    `${KEPT}[providers]\nmine = { type = "openai" }\nother = { type = "openai" }\n`,
    `${KEPT}[providers]\nother = { type = "openai" }\n`,
  ],
  ['nothing', KEPT, KEPT],
  ['one of a like name', `${KEPT}[providers.mine2]\ntype = "openai"\n`, `${KEPT}[providers.mine2]\ntype = "openai"\n`],
])('%s is removed, and nothing else', async (_, before, after) => {
  const config = join(temporaryFolder(), 'config.toml')
  writeFileSync(config, before)
  await removeTable({ config }, ['providers', 'mine'])
  expect(readFileSync(config, 'utf8')).toBe(after)
})

test('of a file that is not there nothing is removed', async () => {
  await removeTable({ config: join(temporaryFolder(), 'none.toml') }, ['providers', 'mine'])
})
