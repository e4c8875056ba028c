/** `npm start`: makes ready what is not, then opens Oxbow in its window, or in the browser where no window can open. */
import { bootstrap } from './bootstrap.mjs'
import { build } from './build.mjs'
import { electronRuntime, fetchElectron, noWindowBecause, sandboxProblem } from './lib/electron.mjs'
import { Failure, main } from './lib/failure.mjs'
import { inRoot, ROOT } from './lib/paths.mjs'
import { foreground } from './lib/run.mjs'
import { Steps } from './lib/steps.mjs'
import { ensureTools, PRODUCT_TOOLS } from './lib/tools.mjs'

/** Longer than the 5 s in which the shell stops its sidecar, so that the shell can do it in good order. */
const STOP_GRACE_MS = 5_500

await main(async () => {
  const args = process.argv.slice(2)
  if (args.includes('--web') && args.includes('--desktop')) {
    throw new Failure('--web and --desktop exclude each other', { exitCode: 2 })
  }
  const steps = new Steps()
  await bootstrap({ steps })
  await Promise.all([build({ steps }), ensureTools(PRODUCT_TOOLS, steps)])
  const rest = args.filter((arg) => arg !== '--web' && arg !== '--desktop')

  const { executable, because } = await chooseWindow(args, steps)
  if (executable === undefined) {
    if (args.includes('--desktop'))
      throw new Failure(`no window can open: ${because}`, { hint: 'npm start -- --web opens the browser.' })
    steps.note(`in the browser: ${because}`)
    return foreground(process.execPath, [inRoot('out', 'main', 'web.cjs'), ...rest], { graceMs: STOP_GRACE_MS })
  }
  const env = { ...process.env }
  delete env.ELECTRON_RUN_AS_NODE
  return foreground(executable, [ROOT, ...rest], { env, graceMs: STOP_GRACE_MS })
})

/** Electron's executable, or why the browser is used. */
async function chooseWindow(args, steps) {
  if (args.includes('--web')) return { because: '--web' }
  const forBrowser = ['--no-open', '--port'].find((flag) => args.some((arg) => arg === flag || arg.startsWith(`${flag}=`)))
  if (forBrowser !== undefined && !args.includes('--desktop')) return { because: `${forBrowser} is for the browser` }
  const isRoot = process.getuid?.() === 0
  const impossible = noWindowBecause({ platform: process.platform, env: process.env, isRoot })
  if (impossible !== undefined) return { because: impossible }
  const failed = electronRuntime() === undefined ? await fetchElectron(steps) : undefined
  if (failed !== undefined) return { because: failed }
  const executable = electronRuntime()
  const problem = sandboxProblem(executable)
  return problem === undefined ? { executable } : { because: problem }
}
