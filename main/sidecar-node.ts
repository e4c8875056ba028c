import { fork } from 'node:child_process'
import type { ConsoleLog } from './console-log.ts'
import { FRUGAL_HEAP } from './sidecar-memory.ts'
import type { Child } from './supervisor.ts'

/** Starts the sidecar as a plain Node process with an IPC channel; what it prints goes to the log. */
export function launchNodeSidecar(entry: string, args: readonly string[], log: ConsoleLog): Child {
  const child = fork(entry, args, {
    execArgv: [],
    env: { ...process.env, ...FRUGAL_HEAP },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  child.stdout?.on('data', log.append)
  child.stderr?.on('data', log.append)
  return {
    send: (order) => {
      // A channel that closed meanwhile is no error here: the exit follows and is handled there.
      if (child.connected) child.send(order, () => {})
    },
    onReport: (listener) => child.on('message', listener),
    onExit: (listener) => {
      child.once('exit', (code) => listener(code))
      child.on('error', (error) => {
        if (child.pid === undefined) listener(null, `The sidecar could not be started: ${error.message}`)
      })
    },
    kill: () => child.kill('SIGKILL'),
  }
}
