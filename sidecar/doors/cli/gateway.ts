import { readFile } from 'node:fs/promises'
import type { Gateway } from '../http/gateway-file.ts'

const HEALTH_MS = 500

/** The gateway a sidecar of this home wrote, when a sidecar answers there. What a crash left behind is no gateway. */
export async function findGateway(path: string): Promise<Gateway | undefined> {
  const gateway = await readGateway(path)
  return gateway && (await healthy(gateway.url)) ? gateway : undefined
}

export async function readGateway(path: string): Promise<Gateway | undefined> {
  try {
    const gateway = JSON.parse(await readFile(path, 'utf8')) as Partial<Gateway>
    return typeof gateway.url === 'string' && typeof gateway.token === 'string' ? (gateway as Gateway) : undefined
  } catch {
    return undefined // none, or half of one: then none runs that can be found
  }
}

async function healthy(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(HEALTH_MS) })
    return answer.ok && ((await answer.json()) as { ok?: unknown }).ok === true
  } catch {
    return false
  }
}
