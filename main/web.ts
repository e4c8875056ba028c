import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { oxbowHome } from './home.ts'
import { hasDisplay, openBrowser } from './open-browser.ts'
import { systemTimers } from './timers.ts'
import { startWebShell } from './web-shell.ts'

const USAGE = 'Usage: web [--no-open] [--port N]'

/** The command line of browser mode. @throws Error that says what is wrong with it */
function readArguments(): { open: boolean; port: number | null } {
  const { values } = parseArgs({ options: { 'no-open': { type: 'boolean' }, port: { type: 'string' } } })
  const port = values.port === undefined ? null : Number(values.port)
  if (port !== null && !(Number.isInteger(port) && port >= 0 && port <= 65_535))
    throw new Error(`--port takes a number from 0 to 65535, not "${values.port}".`)
  return { open: !values['no-open'], port }
}

async function main(): Promise<number> {
  let wanted: ReturnType<typeof readArguments>
  try {
    wanted = readArguments()
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`)
    return 2
  }
  // A terminal that closes takes the streams with it; Oxbow still stops in good order.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  const shell = startWebShell({
    // Built to out/main/web.cjs, next to it.
    sidecar: join(import.meta.dirname, 'sidecar.cjs'),
    home: oxbowHome(process.env),
    port: wanted.port,
    timers: systemTimers,
    say: (line) => console.log(line),
    complain: (line) => console.error(line),
    onLink: (link) => {
      if (wanted.open && hasDisplay(process.platform, process.env)) openBrowser(link, process.platform)
    },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, shell.stop)
  return await shell.ended
}

void main().then((code) => process.exit(code))
