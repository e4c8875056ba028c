import { join } from 'node:path'
import type { Closing } from './closing.ts'
import { type HttpDoor, type HttpOptions, homeToken, openHttp, removeGateway, writeGateway } from './doors/index.ts'
import type { Ground } from './ground.ts'

/** The HTTP door, which others find by a file in the home. */
export interface FrontDoor extends HttpDoor {
  /** Nobody finds it any more; who is in stays. */
  hide(): void
}

export interface FrontDoorParts extends Pick<Ground, 'home' | 'config' | 'clock' | 'audit'> {
  router: HttpOptions['router']
  version: string
  startedAt: string
  /** Folder of the built UI; absent: the one beside the bundle. */
  pages?: string | undefined
}

/** @throws OxbowError `door.*` */
export async function openFrontDoor(parts: FrontDoorParts, closing: Closing): Promise<FrontDoor> {
  const { home, config, clock, audit, router, version, startedAt } = parts
  const token = homeToken(home.run)
  const pages = parts.pages ?? join(import.meta.dirname, '../renderer')
  const { host, port, allowedOrigins: origins } = config.gateway
  const door = await openHttp({ router, clock, audit, token, version, pages, host, port, origins })
  closing.add('door', () => door.close())
  writeGateway(home.gateway, { url: door.url, token, pid: process.pid, version, startedAt })
  return Object.assign(door, { hide: () => removeGateway(home.gateway) })
}
