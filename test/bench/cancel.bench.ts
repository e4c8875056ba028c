import { follow, say, toolParts } from '../fixtures/follow.ts'
import { startModelServer } from '../fixtures/model-server.ts'
import { scriptedHome, startSidecarProcess } from '../fixtures/sidecar-process.ts'
import { newPlace } from './lib/place.ts'
import { report } from './lib/report.ts'
import { percentile } from './lib/samples.ts'

/** How long a cancel takes until its turn is shown as ended and its model and processes are gone. */

const TIMES = 15

const model = await startModelServer((messages) =>
  JSON.stringify(messages.at(-1)).includes('hang')
    ? [{ say: 'Well' }, { hang: true }]
    : [{ call: 'exec', args: { command: 'trap "" TERM INT; echo up; sleep 300 & sleep 300' } }],
)
const place = newPlace()
scriptedHome(place.home, model.url)
const sidecar = await startSidecarProcess(place.home)

async function cancel(words: string): Promise<number> {
  const { client } = sidecar
  const { id } = await client.sessions.create({ workspace: place.workspace, mode: 'auto' })
  const screen = await follow(client, id)
  await say(client, id, words)
  await screen.until('it is under way', (view) =>
    words === 'hang'
      ? view.messages.some((message) => message.parts.some((part) => part.type === 'text' && part.text === 'Well'))
      : (toolParts(view)[0]?.output.includes('up') ?? false),
  )
  const began = performance.now()
  await client.turns.cancel({ sessionId: id })
  await screen.until('its end', (view) => view.turn?.state === 'cancelled')
  const took = performance.now() - began
  screen.stop()
  return took
}

const stream: number[] = []
const command: number[] = []
for (let n = 0; n < TIMES; n++) {
  stream.push(await cancel('hang'))
  command.push(await cancel('run'))
}
await sidecar.stop()
await model.close()

const how = `p95 of ${TIMES}`
report('cancel', [
  { figure: 'cancel while the model streams', measured: percentile(stream, 0.95), unit: 'ms', budget: 200, how },
  {
    figure: 'cancel while a command runs',
    measured: percentile(command, 0.95),
    unit: 'ms',
    budget: 200,
    how: `${how}; it ignores TERM`,
  },
])
