import { openConsoleLog } from './console-log.ts'
import { consoleLogPath } from './home.ts'
import { launchNodeSidecar } from './sidecar-node.ts'
import { createSupervisor } from './supervisor.ts'
import type { Timers } from './timers.ts'

export interface WebShellOptions {
  sidecar: string
  home: string
  port: number | null
  timers: Timers
  say(line: string): void
  complain(line: string): void
  /** Called once, with the link that signs the browser in. */
  onLink(link: string): void
}

/** The shell of browser mode: supervises one sidecar. @returns `stop`, and `ended` with the exit code once all is over */
export function startWebShell(options: WebShellOptions): { stop(): void; ended: Promise<number> } {
  const log = openConsoleLog(consoleLogPath(options.home))
  const { promise: ended, resolve: end } = Promise.withResolvers<number>()
  let port = options.port
  let links = 0
  let stopping = false

  const supervisor = createSupervisor({
    launch: () => launchNodeSidecar(options.sidecar, port === null ? [] : ['--port', String(port)], log),
    timers: options.timers,
    logPath: log.path,
    onReady: ({ url, link }) => {
      // A restarted sidecar takes the same port, so that open pages find it again.
      port = Number(URL.parse(url ?? '')?.port) || port
      links += 1
      if (links > 1) return options.say(`Oxbow is back at ${url}`)
      options.say(`Oxbow is ready at ${link ?? url}`)
      if (link) options.onLink(link)
    },
    onState: (state) => {
      if (state.state === 'restarting') options.complain(`The sidecar ended; it starts again in ${state.delayMs} ms.`)
      if (state.state === 'failed') {
        options.complain(`${state.message}\nThe log: ${state.logPath}`)
        stopping = true
        supervisor.stop().then(() => end(1))
      }
      if (state.state === 'stopped' && !stopping) {
        options.say('Oxbow was stopped.')
        end(0)
      }
    },
  })
  supervisor.start()
  return {
    stop() {
      stopping = true
      supervisor.stop().then(() => end(0))
    },
    ended,
  }
}
