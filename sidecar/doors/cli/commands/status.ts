import { setTimeout as sleep } from 'node:timers/promises'
import { resolveHome } from '../../../foundation/index.ts'
import type { JsonOption } from '../command-set.ts'
import { connectRunning } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import { findGateway, readGateway } from '../gateway.ts'
import type { Host } from '../host.ts'
import { table } from '../table.ts'

const STOP_MS = 10_000
const LOOK_MS = 50

/** Says what runs; that nothing runs is an answer too. */
export async function status(host: Host, { json, link }: JsonOption & { link?: boolean }): Promise<number> {
  const remote = await connectRunning(host)
  if (!remote) {
    host.print(json ? JSON.stringify({ running: false }) : 'Oxbow is not running.')
    return EXIT.done
  }
  try {
    const found = await remote.client.system.status()
    const url = link ? (await remote.client.system.link()).url : undefined
    if (json) host.print(JSON.stringify({ running: true, ...found, ...(url !== undefined && { link: url }) }))
    else if (url !== undefined) host.print(url)
    else {
      const rows = [
        ['running', `version ${found.version}, process ${found.pid}, since ${found.startedAt}`],
        ['address', found.url ?? 'none'],
        ['home', found.home],
        ['sessions', `${found.sessions}, ${found.runningTurns} running, ${found.waitingApprovals} questions waiting`],
        ['memory', `${Math.round(found.rssBytes / 1024 ** 2)} MiB`],
      ]
      for (const row of table(rows)) host.print(row)
    }
    return EXIT.done
  } finally {
    remote.close()
  }
}

/** Stops the running sidecar and waits until it is gone. */
export async function stop(host: Host): Promise<number> {
  const { gateway } = resolveHome(host.env)
  const remote = await connectRunning(host)
  if (!remote) {
    host.print('Oxbow is not running.')
    return EXIT.done
  }
  const before = await readGateway(gateway)
  await remote.client.system.stop()
  const until = performance.now() + STOP_MS
  while (performance.now() < until) {
    const now = await findGateway(gateway)
    if (now?.startedAt !== before?.startedAt) {
      await Promise.race([remote.closed, sleep(STOP_MS)])
      host.print('Oxbow has stopped.')
      return EXIT.done
    }
    await sleep(LOOK_MS)
  }
  throw new Error(`Oxbow did not stop within ${STOP_MS / 1000} s (process ${before?.pid})`)
}
