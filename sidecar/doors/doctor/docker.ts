import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { type DoctorContext, type Finding, ok, skipped, warning } from './context.ts'

const PING_MS = 1000

/** Docker or Podman. Optional: Oxbow runs commands without containers. */
export async function checkDocker({ env, platform }: DoctorContext): Promise<Finding> {
  const start = platform === 'darwin' ? 'open -a Docker' : 'sudo systemctl start docker'
  const host = env.DOCKER_HOST
  if (host && !host.startsWith('unix://')) return skipped(`DOCKER_HOST is ${host}; only a local socket is looked at`)
  const socket = host ? host.slice('unix://'.length) : sockets(env).find((path) => existsSync(path))
  if (socket === undefined)
    return skipped('not found; optional', 'Install Docker (https://docs.docker.com/engine/install) or Podman.')
  try {
    const status = await ping(socket)
    return status === 200 ? ok(`answers at ${socket}`) : warning(`${socket} answers with HTTP ${status}`, start)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EACCES')
      return warning(`${socket} may not be used by you`, 'sudo usermod -aG docker "$USER", then log in again.')
    return warning(`${socket} does not answer (${code ?? message}); optional`, start)
  }
}

function sockets(env: NodeJS.ProcessEnv): string[] {
  const own = env.HOME ? [join(env.HOME, '.docker/run/docker.sock')] : []
  const podman = env.XDG_RUNTIME_DIR ? ['docker.sock', 'podman/podman.sock'].map((name) => join(env.XDG_RUNTIME_DIR!, name)) : []
  return ['/var/run/docker.sock', ...own, ...podman]
}

function ping(socketPath: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(PING_MS)
    const asked = request({ socketPath, path: '/_ping', signal, agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    asked.on('error', (error) => reject(signal.aborted ? new Error(`no answer within ${PING_MS / 1000} s`) : error))
    asked.end()
  })
}
