import OpenAI from 'openai'

/** A process that only reads a stream of the scripted model with the SDK, and prints its processor time per delta in microseconds. */

const [baseURL] = process.argv.slice(2)
const openai = new OpenAI({ baseURL: baseURL!, apiKey: 'none' })

async function readOnce(): Promise<number> {
  const messages = [{ role: 'user' as const, content: 'burst' }]
  const before = process.cpuUsage()
  const stream = await openai.chat.completions.create({ model: 'model', messages, stream: true })
  let deltas = 0
  for await (const _ of stream) deltas++
  const { user, system } = process.cpuUsage(before)
  return (user + system) / deltas
}

const costs: number[] = []
for (let n = 0; n < 5; n++) costs.push(await readOnce())
// The first two warm up.
console.log(costs.slice(2).sort((a, b) => a - b)[1])
