/** `npm run check`: types, format and lint, floors and cycles, dead code. Changes nothing. */
import { bootstrap } from './bootstrap.mjs'
import { Failure, main } from './lib/failure.mjs'
import { inRoot, ROOT } from './lib/paths.mjs'
import { run } from './lib/run.mjs'
import { Steps } from './lib/steps.mjs'

const BOUND_MS = 5 * 60_000
const at = (path) => inRoot('node_modules', ...path.split('/'))
const CHECKS = {
  'types (tsc)': [at('typescript/bin/tsc'), '--project', '.', '--pretty', 'false'],
  'format and lint (biome)': [at('@biomejs/biome/bin/biome'), 'ci', '--colors=off'],
  'floors and cycles (dependency-cruiser)': [
    at('dependency-cruiser/bin/dependency-cruiser.mjs'),
    '--config',
    '.dependency-cruiser.mjs',
    'main',
    'preload',
    'renderer',
    'sidecar',
  ],
  'dead code (knip)': [at('knip/bin/knip.js'), '--no-progress'],
}

await main(async () => {
  const steps = new Steps()
  await bootstrap({ steps })
  const results = await Promise.allSettled(Object.entries(CHECKS).map(([label, args]) => steps.run(label, () => check(args))))
  const failures = results.filter((result) => result.status === 'rejected').map((result) => result.reason)
  for (const { output } of failures) process.stdout.write(`\n${output?.trim() ?? ''}\n`)
  if (failures.length > 0) throw new Failure(`${failures.length} of ${results.length} checks failed`)
})

async function check(args) {
  const { code, output } = await run(process.execPath, args, { cwd: ROOT, timeoutMs: BOUND_MS })
  if (code !== 0) throw new Failure('check failed', { output })
}
