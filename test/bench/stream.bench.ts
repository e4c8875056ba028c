import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Act, lastWords, startModelServer } from '../fixtures/model-server.ts'
import { scriptedHome, startSidecarProcess } from '../fixtures/sidecar-process.ts'
import { converse } from './lib/conversation.ts'
import { newPlace } from './lib/place.ts'
import { cpuMs } from './lib/process-use.ts'
import { report } from './lib/report.ts'
import { median, sample } from './lib/samples.ts'

/** Processor time of the sidecar for one delta, from the provider's socket to a WebSocket client. */

const DELTAS = 20_000
const PACED = 3_000
const IDLE_MS = 2_000

const burst: Act[] = [{ say: 'word '.repeat(DELTAS) }]
const paced: Act[] = [{ say: 'word '.repeat(PACED), pauseMs: 1 }]

const model = await startModelServer((messages) => (lastWords(messages) === 'paced' ? paced : burst))
const place = newPlace()
scriptedHome(place.home, model.url)
const sidecar = await startSidecarProcess(place.home)

const idleBefore = cpuMs(sidecar.pid)
await delay(IDLE_MS)
const idlePerMs = (cpuMs(sidecar.pid) - idleBefore) / IDLE_MS

/** Processor time for each delta of one answer, in microseconds, less what the sidecar uses when idle. */
async function perDelta(words: 'burst' | 'paced', count: number): Promise<number> {
  const talk = await converse(sidecar.client, place.workspace)
  const before = cpuMs(sidecar.pid)
  const took = await talk.turn(words)
  const used = cpuMs(sidecar.pid) - before - idlePerMs * took
  talk.close()
  return (used * 1000) / count
}

const burstCosts = await sample(5, 2, () => perDelta('burst', DELTAS))
const pacedCosts = await sample(3, 0, () => perDelta('paced', PACED))
await sidecar.stop()

const reader = fileURLToPath(new URL('./lib/sdk-reader.ts', import.meta.url))
const { stdout } = await promisify(execFile)(process.execPath, [reader, model.url])
await model.close()

report('stream', [
  {
    figure: 'one delta, provider to WebSocket client',
    measured: median(burstCosts),
    unit: 'us',
    budget: 20,
    how: `${DELTAS} deltas as fast as they come; /proc/<pid>/stat, less idle; median of 5`,
  },
  {
    figure: 'for comparison: the openai SDK alone',
    measured: Number(stdout),
    unit: 'us',
    how: 'the same stream read by a bare process',
  },
  {
    figure: 'one delta, one every millisecond',
    measured: median(pacedCosts),
    unit: 'us',
    how: `${PACED} deltas, each its own packet and wake-up; no budget; median of 3`,
  },
])
