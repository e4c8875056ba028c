import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'

/** How long an Oxbow that is just ending may hold the home. */
const WAIT_MS = 3000

/** A sidecar in the foreground, until it is told to stop. */
export async function serve(host: Host, { port, host: address }: { port?: number; host?: string }): Promise<number> {
  const overrides = {
    ...(port !== undefined && { 'gateway.port': port }),
    ...(address !== undefined && { 'gateway.host': address }),
  }
  const sidecar = await host.startOwn({ env: host.env, overrides, waitMs: WAIT_MS })
  host.interrupts.push(() => void sidecar.stop())
  host.print(`Oxbow is ready: ${sidecar.link()}`)
  host.note('The link works once. `npm run oxbow -- status --link` prints another; Ctrl-C stops Oxbow.')
  await sidecar.stopped
  return EXIT.done
}
