import type { Services } from '../services.ts'
import type { Implementer } from './implement.ts'

export function auditRouter(os: Implementer['audit'], { audit }: Services) {
  const never = new AbortController().signal
  return {
    list: os.list.handler(({ input }) => audit.list(input)),
    get: os.get.handler(({ input }) => audit.get(input.position)),
    watch: os.watch.handler(({ input, signal }) => audit.watch(input, signal ?? never)),
    head: os.head.handler(() => audit.head()),
    verify: os.verify.handler(() => audit.verify()),
    export: os.export.handler(({ input, signal }) => audit.export(input, signal ?? never)),
    prove: os.prove.handler(({ input }) => audit.prove(input)),
  }
}
