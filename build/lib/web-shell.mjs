import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const STOP_MS = 6_000

/** Runs the shell of browser mode for development: started again on the port it had. */
export class WebShell {
  #entry
  #child
  #port
  #last = Promise.resolve()

  constructor(entry) {
    this.#entry = entry
  }

  /** Starts it, or stops and starts it again. `onReady` gets the link that it gives once it is ready. */
  restart(onReady) {
    this.#last = this.#last.then(async () => {
      await this.#stopNow()
      this.#start(onReady)
    })
    return this.#last
  }

  stop() {
    this.#last = this.#last.then(() => this.#stopNow())
    return this.#last
  }

  async #stopNow() {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    child.kill('SIGTERM')
    await once(child, 'exit')
    clearTimeout(timer)
  }

  #start(onReady) {
    const port = this.#port === undefined ? [] : ['--port', this.#port]
    const child = spawn(process.execPath, [this.#entry, '--no-open', ...port], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#child = child
    createInterface({ input: child.stdout }).on('line', (line) => {
      const link = /ready at (\S+)$/.exec(line)?.[1]
      if (link === undefined) return console.log(line)
      if (child !== this.#child) return
      this.#port = new URL(link).port
      onReady(new URL(link))
    })
  }
}
