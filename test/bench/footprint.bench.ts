import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { resultsSince, startModelServer } from '../fixtures/model-server.ts'
import { scriptedHome, startSidecarProcess } from '../fixtures/sidecar-process.ts'
import { converse } from './lib/conversation.ts'
import { newPlace } from './lib/place.ts'
import { rssMb } from './lib/process-use.ts'
import { report } from './lib/report.ts'

/** Memory of the sidecar's process (RSS) in one life: idle, after 30 turns, after 500 tool calls more. */

const SETTLE_MS = 2_000
const CALLS_IN_TURN = 10

// Turns of "few" make one call, the others ten; each reads a file of some length.
let callsWanted = 1
const model = await startModelServer((messages) =>
  resultsSince(messages).length < callsWanted
    ? [{ say: 'I read the file. ' }, { call: 'read', args: { path: 'a.txt' } }]
    : [{ say: 'That is what it says. '.repeat(40) }],
)
const place = newPlace()
scriptedHome(place.home, model.url)
writeFileSync(join(place.workspace, 'a.txt'), 'a line of some length, as files have them\n'.repeat(100))
const sidecar = await startSidecarProcess(place.home)

async function settled(): Promise<number> {
  await delay(SETTLE_MS)
  return rssMb(sidecar.pid)
}

async function turns(count: number): Promise<void> {
  const talk = await converse(sidecar.client, place.workspace)
  for (let n = 0; n < count; n++) await talk.turn('go')
  talk.close()
}

await sidecar.client.system.status({})
const idle = await settled()
await turns(30)
const worked = await settled()
callsWanted = CALLS_IN_TURN
for (let calls = 0; calls < 500; calls += 5 * CALLS_IN_TURN) await turns(5)
const after = await settled()
await sidecar.stop()
await model.close()

report('footprint', [
  { figure: 'sidecar, idle with one client', measured: idle, unit: 'MB', budget: 120, how: 'VmRSS, 2 s at rest' },
  {
    figure: 'sidecar, after 30 turns',
    measured: worked,
    unit: 'MB',
    budget: 120,
    how: 'one session, one tool call in each turn',
  },
  {
    figure: 'growth over 500 tool calls more',
    measured: after - worked,
    unit: 'MB',
    budget: 20,
    how: '50 turns with 10 calls each',
  },
])
