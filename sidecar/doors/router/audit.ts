import type { Services } from '../services.ts'
import type { Implementer } from './implement.ts'

const DAY_MS = 86_400_000

export function auditRouter(os: Implementer['audit'], { audit }: Services) {
  const never = new AbortController().signal
  return {
    list: os.list.handler(({ input }) => audit.list(input)),
    get: os.get.handler(({ input }) => audit.get(input.position)),
    watch: os.watch.handler(({ input, signal }) => audit.watch(input, signal ?? never)),
    head: os.head.handler(() => audit.head()),
    verify: os.verify.handler(() => audit.verify()),
    export: os.export.handler(({ input, signal }) => audit.export(input, signal ?? never)),
    seal: os.seal.handler(({ input }) => audit.seal(new Date(Date.now() - input.olderThanDays * DAY_MS).toISOString())),
    prove: os.prove.handler(({ input }) => audit.prove(input)),
  }
}
