import type { SessionId } from '../../sidecar/contract/index.ts'
import { writeSessions } from '../fixtures/long-session.ts'
import { startSidecarProcess } from '../fixtures/sidecar-process.ts'
import { newPlace } from './lib/place.ts'
import { report } from './lib/report.ts'
import { median, sample } from './lib/samples.ts'

/** How long a long session takes to open: from the call to the first snapshot at a WebSocket client. */

const MESSAGES = 10_000

const place = newPlace()
const [long, small] = writeSessions(place, [MESSAGES, 2]) as [SessionId, SessionId]

/** A sidecar that has just started and has read nothing of the session. @returns the first opening, and the one after it */
async function open(sessionId: SessionId): Promise<[cold: number, warm: number]> {
  const { client, stop } = await startSidecarProcess(place.home)
  await client.system.status({})
  const once = async (): Promise<number> => {
    const ended = new AbortController()
    const began = performance.now()
    const watch = await client.sessions.watch({ sessionId }, { signal: ended.signal })
    const first = await watch.next()
    const took = performance.now() - began
    if (first.done || first.value.type !== 'snapshot' || first.value.view.summary.id !== sessionId) throw new Error('no snapshot')
    ended.abort()
    return took
  }
  const times: [number, number] = [await once(), await once()]
  await stop()
  return times
}

const warm: number[] = []
const cold = await sample(7, 1, async () => {
  const [first, second] = await open(long)
  warm.push(second)
  return first
})
const coldSmall = await sample(5, 0, async () => (await open(small))[0])

report('history', [
  {
    figure: `opening ${MESSAGES} messages, to the first page`,
    measured: median(cold),
    unit: 'ms',
    budget: 50,
    how: 'first opening after a start of the sidecar, over WebSocket; median of 7',
  },
  { figure: 'the same, opened again', measured: median(warm), unit: 'ms' },
  {
    figure: 'opening 2 messages, after a start',
    measured: median(coldSmall),
    unit: 'ms',
    how: 'the part that is not the history',
  },
])
