import { monitorEventLoopDelay } from 'node:perf_hooks'
import { heap } from '../../../sidecar/foundation/index.ts'
import { createProviders } from '../../../sidecar/providers/index.ts'
import { rssMb } from './process-use.ts'

/** A process that reads many streams at once through our providers, and prints what that took as JSON. */

// As the sidecar runs.
heap.keepSmall()

const [baseUrl, count] = process.argv.slice(2) as [string, string]
const providers = createProviders({
  config: { providers: { own: { type: 'openai', baseUrl, models: ['m'] } }, models: {} },
  env: {},
})
const { provider } = providers.resolve('own/m')
const messages = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'go' }] }]
const signal = new AbortController().signal
let characters = 0

async function read(): Promise<void> {
  for await (const event of provider.stream({ model: 'm', system: '', messages, tools: [] }, signal)) {
    if (event.type === 'text') characters += event.text.length
    if (event.type === 'error') throw new Error(event.failure.message)
  }
}

const delays = monitorEventLoopDelay({ resolution: 5 })
const reads = Array.from({ length: Number(count) }, read)
// Opening a thousand connections at once is not what is measured.
setTimeout(() => {
  delays.reset()
  delays.enable()
}, 3000)
let most = 0
const watch = setInterval(() => {
  most = Math.max(most, rssMb(process.pid))
}, 200)
await Promise.all(reads)
clearInterval(watch)
delays.disable()
console.log(
  JSON.stringify({
    rssMb: most,
    stallMs: delays.max / 1e6,
    p99Ms: delays.percentile(99) / 1e6,
    tokens: characters / 'token '.length,
  }),
)
