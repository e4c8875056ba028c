import { spawn } from 'node:child_process'
import { Agent } from 'node:http'
import { Duplex } from 'node:stream'

/**
 * Reaches an engine by the person's own `ssh`, so that known hosts, keys and the agent are used as they set them up; it asks
 * nothing. Each connection is a process of its own that ends with it.
 */
export function sshAgent({ user, host, port }: { user?: string; host: string; port?: number }): Agent {
  const options = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=5', '-T']
  const where = [...(user === undefined ? [] : ['-l', user]), ...(port === undefined ? [] : ['-p', String(port)])]
  const connect = (): Duplex => {
    const child = spawn('ssh', [...options, ...where, '--', host, 'docker', 'system', 'dial-stdio'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const stream = Duplex.from({ readable: child.stdout, writable: child.stdin })
    child.on('error', (error) => stream.destroy(error))
    stream.on('error', () => {})
    stream.on('close', () => child.kill())
    return stream
  }
  return Object.assign(new Agent({ keepAlive: false }), { createConnection: connect })
}
