/** `npm run oxbow -- …`: the command line, built first if need be. What is done for that is told on stderr. */
import { bootstrap } from './bootstrap.mjs'
import { build } from './build.mjs'
import { main } from './lib/failure.mjs'
import { inRoot } from './lib/paths.mjs'
import { foreground } from './lib/run.mjs'
import { Steps } from './lib/steps.mjs'

await main(async () => {
  const steps = new Steps({ quiet: true })
  await bootstrap({ steps })
  await build({ steps })
  // npm changes to the package's folder; the person's own is where they typed the command.
  const cwd = process.env.npm_lifecycle_event === 'oxbow' ? process.env.INIT_CWD : undefined
  return foreground(process.execPath, [inRoot('out', 'main', 'oxbow.cjs'), ...process.argv.slice(2)], { cwd })
})
