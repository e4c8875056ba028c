/** `npm test`: every test that can run on this machine. `npm test -- SECTION… [arguments for the runner]` picks sections. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { bootstrap } from './bootstrap.mjs'
import { build } from './build.mjs'
import { electronRuntime, noWindowBecause } from './lib/electron.mjs'
import { main } from './lib/failure.mjs'
import { inRoot, ROOT } from './lib/paths.mjs'
import { foreground, run } from './lib/run.mjs'
import { Steps } from './lib/steps.mjs'
import { closingLines, playwrightTally, runnerTally, sum, vitestTally } from './lib/tally.mjs'
import { ensureTools, findChromium, PRODUCT_TOOLS, TEST_TOOLS } from './lib/tools.mjs'

const RESULTS = inRoot('test-results')
const PLAYWRIGHT = [inRoot('node_modules/@playwright/test/cli.js'), 'test', '--config', 'test/e2e/playwright.config.ts']
const SECTIONS = {
  unit: { folder: 'test/unit', files: /\.test\.tsx?$/, run: vitest },
  integration: { folder: 'test/integration', files: /\.test\.tsx?$/, run: vitest },
  browser: { folder: 'test/e2e/browser', files: /\.spec\.ts$/, run: playwright },
  electron: { folder: 'test/e2e/electron', files: /\.spec\.ts$/, run: playwright },
}

await main(async () => {
  const steps = new Steps()
  const { sections, rest } = readArguments(process.argv.slice(2))
  await bootstrap({ steps })
  process.chdir(ROOT)
  const tools = sections.includes('browser') ? TEST_TOOLS : PRODUCT_TOOLS
  await Promise.all([ensureTools(tools, steps, { insist: true }), build({ steps })])
  rmSync(RESULTS, { recursive: true, force: true })

  const tallies = []
  for (const name of sections) tallies.push(await runSection(name, rest, steps))
  const total = sum(tallies)
  console.log(`\n${closingLines(total)}`)
  return total.failed > 0 ? 1 : 0
})

function readArguments(args) {
  const names = Object.keys(SECTIONS)
  const end = args.findIndex((arg) => !names.includes(arg))
  const chosen = end === -1 ? args : args.slice(0, end)
  return { sections: chosen.length > 0 ? chosen : names, rest: end === -1 ? [] : args.slice(end).filter((arg) => arg !== '--') }
}

async function runSection(name, rest, steps) {
  const section = SECTIONS[name]
  const none = sum([])
  if (!hasFiles(section)) {
    steps.skip(`${name} tests`, `skipped: ${section.folder} has none`)
    return none
  }
  const missing = missingFor(name)
  if (missing !== undefined) {
    steps.skip(`${name} tests`, `skipped: ${missing}`)
    return { ...none, skipped: await countPlaywright(name) }
  }
  return steps.run(`${name} tests`, () => section.run(name, rest), { loud: true })
}

function hasFiles({ folder, files }) {
  return existsSync(folder) && readdirSync(folder, { recursive: true }).some((file) => files.test(file))
}

/** Why a section cannot run on this machine; undefined if it can. */
function missingFor(name) {
  if (name === 'browser' && findChromium() === undefined) return 'no Chromium was found'
  if (name !== 'electron') return undefined
  if (electronRuntime() === undefined) return "Electron's runtime is not here (npm start fetches it where there is a display)"
  return noWindowBecause({ platform: process.platform, env: process.env, isRoot: process.getuid?.() === 0 })
}

async function vitest(project, rest) {
  const report = `${RESULTS}/${project}.json`
  const args = ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...rest]
  const code = await foreground(process.execPath, [inRoot('node_modules/vitest/vitest.mjs'), ...args])
  return runnerTally(code, report, vitestTally)
}

async function playwright(project, rest) {
  const report = `${RESULTS}/${project}.json`
  const env = { ...process.env, OXBOW_CHROMIUM: findChromium() ?? '', PLAYWRIGHT_JSON_OUTPUT_FILE: report }
  const args = [...PLAYWRIGHT, '--project', project, '--reporter=list,json', ...rest]
  const code = await foreground(process.execPath, args, { env })
  return runnerTally(code, report, playwrightTally)
}

/** How many tests a section has that is not run. */
async function countPlaywright(project) {
  const report = `${RESULTS}/${project}-list.json`
  const env = { ...process.env, PLAYWRIGHT_JSON_OUTPUT_FILE: report }
  await run(process.execPath, [...PLAYWRIGHT, '--project', project, '--list', '--reporter=json'], { env, timeoutMs: 60_000 })
  if (!existsSync(report)) return 0
  const countIn = (suite) => suite.specs.length + (suite.suites ?? []).reduce((count, inner) => count + countIn(inner), 0)
  return JSON.parse(readFileSync(report, 'utf8')).suites.reduce((count, suite) => count + countIn(suite), 0)
}
