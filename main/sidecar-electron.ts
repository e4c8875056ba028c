import type { MessagePortMain } from 'electron'
import type { ConsoleLog } from './console-log.ts'
import type { ElectronParts } from './electron.ts'
import { serveVault, type Vault } from './secrets.ts'
import type { Child } from './supervisor.ts'

type UtilityProcesses = Pick<ElectronParts['utilityProcess'], 'fork'>

/** Starts the sidecar as Electron's utility process, whose channel carries message ports; what it prints goes to the log. */
export function launchUtilitySidecar(
  utilityProcess: UtilityProcesses,
  entry: string,
  log: ConsoleLog,
  vault: Vault,
): Child<MessagePortMain> {
  const child = utilityProcess.fork(entry, [], { serviceName: 'Oxbow sidecar', stdio: 'pipe' })
  serveVault(child, vault)
  child.stdout?.on('data', log.append)
  child.stderr?.on('data', log.append)
  child.on('error', (type, location) => log.append(`${type} at ${location}\n`))
  return {
    send: (order, ports) => child.postMessage(order, ports ? [...ports] : undefined),
    onReport: (listener) => child.on('message', listener),
    onExit: (listener) => child.once('exit', (code) => listener(code)),
    // Electron's own kill is a SIGTERM, which a hung process does not see.
    kill: () => {
      try {
        if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL')
      } catch {
        // It was gone already; its exit follows.
      }
    },
  }
}
