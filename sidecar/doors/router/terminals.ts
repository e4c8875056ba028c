import type { Services } from '../services.ts'
import type { Implementer } from './implement.ts'

export function terminalsRouter(os: Implementer['terminals'], { processes }: Services) {
  const never = new AbortController().signal
  return {
    open: os.open.handler(({ input: { sessionId, ...size } }) => processes.open(sessionId, size)),
    list: os.list.handler(({ input }) => ({ processes: processes.listAll(input.sessionId) })),
    watch: os.watch.handler(({ input: { id, from, follow }, signal }) => processes.watch(id, from, follow, signal ?? never)),
    write: os.write.handler(async ({ input: { id, data, takeOver } }) => {
      await processes.type(id, data, takeOver)
      return {}
    }),
    resize: os.resize.handler(({ input: { id, ...size } }) => {
      processes.resize(id, size)
      return {}
    }),
    close: os.close.handler(async ({ input }) => {
      await processes.close(input.id)
      return {}
    }),
  }
}
