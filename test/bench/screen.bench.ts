import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import type { SessionId } from '../../sidecar/contract/index.ts'
import { writeSessions } from '../fixtures/long-session.ts'
import { type Act, startModelServer } from '../fixtures/model-server.ts'
import { scriptedHome, startSidecarProcess } from '../fixtures/sidecar-process.ts'
import { conversation } from './lib/conversation.ts'
import { startFrames, stopFrames } from './lib/frames.ts'
import { newPlace } from './lib/place.ts'
import { type Figure, report } from './lib/report.ts'
import { percentile } from './lib/samples.ts'

/** How even the window's frames come while an answer streams into sessions of different lengths. */

const SIZES = [0, 400, 2_000, 10_000]
const PARAGRAPH = 'A *river* leaves its old bed, and `what` stays behind is an oxbow, a lake like a **bow** beside it.\n\n'
/** About five seconds of an answer at the pace of a quick model. */
const ANSWER: Act[] = [{ say: PARAGRAPH.repeat(40), pauseMs: 6 }]
const FROM = Math.max(...SIZES)

const installed = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const executablePath = process.env.OXBOW_CHROMIUM || installed
const browser = await chromium
  .launch({ ...(executablePath && { executablePath }), args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
  .catch((error: Error) => {
    console.log(`skipped: no Chromium can be started (${error.message.split('\n')[0]})`)
    return undefined
  })
if (browser) await measure(browser)

async function measure(browser: Browser): Promise<void> {
  const model = await startModelServer(() => ANSWER)
  const place = newPlace()
  scriptedHome(place.home, model.url)
  const sessions = writeSessions(place, SIZES)
  const sidecar = await startSidecarProcess(place.home)
  const p95s: number[] = []
  const figures: Figure[] = []
  for (const [index, size] of SIZES.entries()) {
    const { p95, busy } = await streamInto(sessions[index]!, `With ${size} messages`)
    p95s.push(p95)
    figures.push({ figure: `frame p95, streaming into ${size} messages`, measured: p95, unit: 'ms', budget: 20 })
    figures.push({ figure: `main thread busy, ${size} messages`, measured: busy, unit: '%' })
  }
  await browser.close()
  await sidecar.stop()
  await model.close()
  const spread = (Math.max(...p95s) / Math.min(...p95s) - 1) * 100
  const how = `frame times of requestAnimationFrame, headless Chromium, ${SIZES.join(', ')} messages`
  report('screen', [
    ...figures,
    { figure: `slowest p95 over fastest, up to ${FROM} messages`, measured: spread, unit: '%', budget: 20, how },
  ])

  async function streamInto(sessionId: SessionId, title: string): Promise<{ p95: number; busy: number }> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await page.goto((await sidecar.client.system.link({})).url)
    await page.getByRole('button', { name: title }).first().click()
    const talk = await conversation(sidecar.client, sessionId)
    // The first answer warms up: styles, the highlighter, compiled code.
    await talk.turn('warm up')
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('Performance.enable')
    const taskSeconds = async (): Promise<number> =>
      (await devtools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')!.value
    const before = await taskSeconds()
    await page.evaluate(startFrames)
    const took = await talk.turn('stream')
    const frames = await page.evaluate(stopFrames)
    const busy = (((await taskSeconds()) - before) * 1000 * 100) / took
    if (!(await page.getByText('an oxbow, a lake').count())) throw new Error(`the window does not show the answer in "${title}"`)
    talk.close()
    await page.close()
    return { p95: percentile(frames, 0.95), busy }
  }
}
