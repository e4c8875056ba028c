import type { Services } from '../services.ts'
import type { Implementer } from './implement.ts'

export function hostsRouter(os: Implementer['hosts'], { hosts, workspace, settings, log }: Services) {
  return {
    list: os.list.handler(async () => ({ hosts: hosts.list(), path: (await settings.list()).path })),
    allow: os.allow.handler(async ({ input: { host, workspace: path, sessionId } }) => {
      if (sessionId !== undefined) log.summary(sessionId)
      return hosts.allow(host, { sessionId, workspace: path === undefined ? undefined : await workspace(path) })
    }),
    remove: os.remove.handler(({ input }) => {
      hosts.remove(input.id)
      return {}
    }),
  }
}
