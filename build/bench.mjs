/** `npm run bench -- [room…] [arguments]`: measures, and compares with the budgets. Not part of `npm test`. */
import { existsSync, readdirSync } from 'node:fs'
import { bootstrap } from './bootstrap.mjs'
import { build } from './build.mjs'
import { Failure, main } from './lib/failure.mjs'
import { inRoot, ROOT } from './lib/paths.mjs'
import { foreground } from './lib/run.mjs'
import { Steps } from './lib/steps.mjs'

const FOLDER = inRoot('test', 'bench')
const SUFFIX = '.bench.ts'

await main(async () => {
  const steps = new Steps()
  await bootstrap({ steps })
  await build({ steps })
  process.chdir(ROOT)
  const files = existsSync(FOLDER) ? readdirSync(FOLDER).filter((file) => file.endsWith(SUFFIX)) : []
  const rooms = files.map((file) => file.slice(0, -SUFFIX.length)).sort()
  const args = process.argv.slice(2)
  const named = args.filter((arg) => !arg.startsWith('-') && args.indexOf(arg) < firstFlag(args))
  const unknown = named.find((room) => !rooms.includes(room))
  if (unknown !== undefined)
    throw new Failure(`there is no bench "${unknown}"`, { hint: `There are: ${rooms.join(', ')}`, exitCode: 2 })
  const rest = args.slice(named.length)

  let worst = 0
  for (const room of named.length > 0 ? named : rooms) {
    const bench = () => foreground(process.execPath, ['--expose-gc', `${FOLDER}/${room}${SUFFIX}`, ...rest])
    worst = Math.max(worst, await steps.run(`bench ${room}`, bench, { loud: true, passed: (code) => code === 0 }))
  }
  return worst
})

function firstFlag(args) {
  const index = args.findIndex((arg) => arg.startsWith('-'))
  return index === -1 ? args.length : index
}
