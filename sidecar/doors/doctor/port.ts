import { createServer } from 'node:net'
import { loadConfig } from '../../foundation/index.ts'
import { broken, type DoctorContext, type Finding, ok, skipped, warning } from './context.ts'

/** The door is open, or the port it would take is free. */
export async function checkPort({ home, env, url }: DoctorContext): Promise<Finding> {
  if (url !== undefined) return ok(`ours: ${url}`)
  const settings = await loadConfig({ home, env }).catch(() => undefined)
  if (!settings) return skipped('not looked at', 'It is looked at once the settings are right.')
  const { host, port } = settings.config.gateway
  const why = await refusal(host, port)
  if (why === undefined) return ok(`${host}:${port} is free`)
  if (why === 'EADDRINUSE')
    return warning(
      `${host}:${port} is taken by another program; Oxbow takes the next free one`,
      'End that program, or choose another: `oxbow config set gateway.port 4300`.',
    )
  return broken(`${host}:${port} cannot be opened (${why})`, 'Choose another: `oxbow config set gateway.port 4300`.')
}

function refusal(host: string, port: number): Promise<string | undefined> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}
