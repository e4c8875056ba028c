import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import OpenAI from 'openai'
import { scriptedHome, startSidecarProcess } from '../fixtures/sidecar-process.ts'
import { converse } from './lib/conversation.ts'
import { startInstantModel } from './lib/instant-model.ts'
import { newPlace } from './lib/place.ts'
import { report } from './lib/report.ts'
import { median, percentile } from './lib/samples.ts'

/** What Oxbow adds to a model's own time in one turn, as a WebSocket client sees it: message sent to turn shown as ended. */

const ROUNDS = 12
const TURNS = 10

const model = await startInstantModel()
const place = newPlace()
scriptedHome(place.home, model.url)
writeFileSync(join(place.workspace, 'a.txt'), 'one line\n')
const sidecar = await startSidecarProcess(place.home)
const openai = new OpenAI({ baseURL: model.url, apiKey: 'none' })

/** The same request sent to the same server through the same SDK, with nothing of Oxbow between. */
async function roundTrip(): Promise<number> {
  const request = await model.last()
  const began = performance.now()
  const stream = await openai.chat.completions.create({ model: 'model', ...request, stream: true })
  for await (const _ of stream);
  return performance.now() - began
}

const plain: number[] = []
const withTool: number[] = []
const bare: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  const talk = await converse(sidecar.client, place.workspace)
  for (let turn = 0; turn < TURNS; turn++) {
    const samples = [await talk.turn('speak'), await roundTrip(), await talk.turn('read')] as const
    if (round < 2) continue // warms up
    plain.push(samples[0])
    bare.push(samples[1])
    withTool.push(samples[2])
  }
  talk.close()
}
await sidecar.stop()
model.close()

const trip = median(bare)
const how = `p50 of ${plain.length}`
report('turn', [
  {
    figure: 'bare round trip to the model',
    measured: trip,
    unit: 'ms',
    how: `${how}; openai SDK, same messages and tools, streamed to its end`,
  },
  {
    figure: 'turn overhead',
    measured: median(plain) - trip,
    unit: 'ms',
    budget: 3,
    how: `${how} turns, less one bare round trip`,
  },
  { figure: 'turn overhead, p95', measured: percentile(plain, 0.95) - trip, unit: 'ms' },
  {
    figure: 'one tool call more (read)',
    measured: median(withTool) - median(plain) - trip,
    unit: 'ms',
    budget: 3,
    how: `${how} turns with a call, less a turn without one, less one bare round trip (its second model call)`,
  },
])
