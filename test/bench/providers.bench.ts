import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import OpenAI from 'openai'
import { createProviders } from '../../sidecar/providers/index.ts'
import { startInstantModel } from './lib/instant-model.ts'
import { report } from './lib/report.ts'
import { median, percentile } from './lib/samples.ts'
import { startTokenServer } from './lib/token-server.ts'

/** What our way to a model costs over the vendor's SDK alone, and how many streams one process can read. */

const CALLS = 3000
const STREAMS = 1000
const RATE = 200
const SECONDS = 12

const model = await startInstantModel()
const openai = new OpenAI({ baseURL: model.url, apiKey: 'none' })
const config = { providers: { own: { type: 'openai' as const, baseUrl: model.url, models: ['m'] } }, models: {} }
const { provider } = createProviders({ config, env: {} }).resolve('own/m')
const signal = new AbortController().signal
const words = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'speak' }] }]

async function bare(): Promise<number> {
  const began = performance.now()
  const stream = await openai.chat.completions.create({
    model: 'm',
    messages: [{ role: 'user', content: 'speak' }],
    stream: true,
  })
  for await (const _ of stream);
  return performance.now() - began
}

async function ours(): Promise<number> {
  const began = performance.now()
  for await (const _ of provider.stream({ model: 'm', system: '', messages: words, tools: [] }, signal));
  return performance.now() - began
}

const withSdk: number[] = []
const withUs: number[] = []
for (let n = 0; n < CALLS; n++) {
  const pair = n % 2 === 0 ? [await bare(), await ours()] : [await ours(), await bare()].reverse()
  if (n < 100) continue // warms up
  withSdk.push(pair[0]!)
  withUs.push(pair[1]!)
}
model.close()

const server = await startTokenServer(RATE, SECONDS)
const reader = fileURLToPath(new URL('./lib/parallel-reader.ts', import.meta.url))
const { stdout } = await promisify(execFile)(process.execPath, [reader, server.url, String(STREAMS)])
server.close()
const parallel = JSON.parse(stdout) as { rssMb: number; stallMs: number; p99Ms: number; tokens: number }
if (parallel.tokens !== STREAMS * RATE * SECONDS) throw new Error(`${parallel.tokens} tokens arrived`)

const how = `of ${withUs.length} calls each, taken in turns`
report('providers', [
  { figure: 'bare SDK, one call', measured: median(withSdk), unit: 'ms', how: `p50 ${how}` },
  {
    figure: 'ours over it, p50',
    measured: median(withUs) - median(withSdk),
    unit: 'ms',
    budget: 0.2,
    how: `adapter, breaker, limits; ${how}`,
  },
  { figure: 'ours over it, p99', measured: percentile(withUs, 0.99) - percentile(withSdk, 0.99), unit: 'ms', budget: 1 },
  {
    figure: `${STREAMS} streams at once, memory`,
    measured: parallel.rssMb,
    unit: 'MB',
    budget: 400,
    how: `${RATE} tokens a second each, every ${SECONDS} s; peak VmRSS of the reading process`,
  },
  {
    figure: `${STREAMS} streams at once, longest stall`,
    measured: parallel.stallMs,
    unit: 'ms',
    budget: 100,
    how: 'event-loop delay, from 3 s on',
  },
  { figure: `${STREAMS} streams at once, stall p99`, measured: parallel.p99Ms, unit: 'ms' },
])
