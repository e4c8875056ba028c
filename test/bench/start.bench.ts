import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { startModelServer } from '../fixtures/model-server.ts'
import { scriptedHome, startSidecarProcess } from '../fixtures/sidecar-process.ts'
import { newPlace, type Place } from './lib/place.ts'
import { report } from './lib/report.ts'
import { median, sample } from './lib/samples.ts'

/** How long it takes from nothing to a sidecar that is ready, and to an answer on the command line. */

const CLI = join(import.meta.dirname, '../../out/main/oxbow.cjs')

/** Runs Node to its end. @returns milliseconds */
async function runNode(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const began = performance.now()
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}`)
  return performance.now() - began
}

async function startSidecar(home: string): Promise<number> {
  const began = performance.now()
  const sidecar = await startSidecarProcess(home)
  const took = performance.now() - began
  await sidecar.stop()
  return took
}

const ask = ({ home, workspace }: Place, model: string): Promise<number> =>
  runNode([CLI, 'run', '--json', '--model', model, '--workspace', workspace, 'What can you do?'], { OXBOW_HOME: home })

const model = await startModelServer(() => [{ say: 'An instant answer.' }])
const scripted = (): Place => {
  const place = newPlace()
  scriptedHome(place.home, model.url)
  return place
}

const bare = await sample(9, 2, () => runNode(['-e', '0']))
const known = newPlace()
const again = await sample(9, 2, () => startSidecar(known.home))
const first = await sample(5, 0, () => startSidecar(newPlace().home))
const guide = await sample(7, 1, () => ask(newPlace(), 'offline/guide'))
const http = await sample(7, 1, () => ask(scripted(), 'scripted/model'))
await model.close()

report('start', [
  { figure: 'bare node -e 0, to its end', measured: median(bare), unit: 'ms' },
  {
    figure: 'sidecar start to ready',
    measured: median(again),
    unit: 'ms',
    budget: 180,
    how: 'fork to the ready report; median of 9',
  },
  { figure: 'sidecar start to ready, new home', measured: median(first), unit: 'ms', how: 'with every migration; median of 5' },
  {
    figure: 'oxbow run, offline/guide',
    measured: median(guide),
    unit: 'ms',
    budget: 500,
    how: 'new home, no sidecar; spawn to the end of the process, answer printed; median of 7',
  },
  { figure: 'oxbow run, model over HTTP', measured: median(http), unit: 'ms', budget: 500, how: 'the same' },
])
