import { MAIN_SPACE, PAGE } from '../../contract/index.ts'
import { OxbowError } from '../../foundation/index.ts'
import type { Services } from '../services.ts'
import type { Implementer } from './implement.ts'

export function sessionsRouter(os: Implementer['sessions'], services: Services) {
  const { log, kernel, processes, models, defaults, workspace } = services

  const { isolation } = services
  return {
    create: os.create.handler(async ({ input }) => {
      const fallback = defaults()
      const model = input.model ?? (await models.chosen()).model
      await models.check(model)
      const folder = await workspace(input.workspace ?? fallback.workspace)
      if (input.isolation) await isolation.check(input.isolation, folder)
      return kernel.create(
        {
          title: input.title ?? '',
          workspace: folder,
          model,
          mode: input.mode ?? fallback.mode,
          ...(input.isolation && { isolation: input.isolation }),
          ...(input.space !== undefined && { space: input.space }),
        },
        input.sessionId,
      )
    }),
    list: os.list.handler(({ input }) => ({ sessions: log.list(input) })),
    get: os.get.handler(({ input }) => log.view(input.sessionId)),
    messages: os.messages.handler(({ input: { sessionId, before, limit = PAGE } }) => {
      const end = Math.min(before, log.summary(sessionId).messageCount)
      const earlier = Math.max(0, end - limit)
      return { messages: log.messages(sessionId, earlier, end), earlier }
    }),
    events: os.events.handler(({ input: { sessionId, after, limit } }) => ({
      events: log.events(sessionId, after, limit),
      head: log.summary(sessionId).seq,
    })),
    watch: os.watch.handler(({ input, signal }) =>
      log.watch(input.sessionId, input.after, signal ?? new AbortController().signal),
    ),
    watchList: os.watchList.handler(({ signal }) => log.watchList(signal ?? new AbortController().signal)),
    rename: os.rename.handler(({ input: { sessionId, title } }) => {
      log.append(sessionId, [{ type: 'sessionRenamed', title }])
      return log.summary(sessionId)
    }),
    archive: os.archive.handler(async ({ input: { sessionId, archived } }) => {
      if (log.summary(sessionId).archived !== archived) log.append(sessionId, [{ type: 'sessionArchived', archived }])
      if (archived) await processes.endSession(sessionId)
      return log.summary(sessionId)
    }),
    configure: os.configure.handler(async ({ input: { sessionId, model, mode, workspace: path, isolation: tier, space } }) => {
      const before = log.summary(sessionId)
      if (model !== undefined) await models.check(model)
      const folder = path === undefined ? undefined : await workspace(path)
      if (tier) await isolation.check(tier, folder ?? before.workspace, sessionId)
      const now = log.summary(sessionId)
      // What a turn is about to learn and recall belongs to one space.
      if (space !== undefined && space !== (now.space ?? MAIN_SPACE) && (now.status === 'running' || now.status === 'waiting'))
        throw new OxbowError(
          'CONFLICT',
          'session.busy',
          'a turn runs in this session',
          'Wait until it rests, or stop it; then choose.',
        )
      log.append(sessionId, [
        {
          type: 'sessionConfigured',
          ...(model !== undefined && { model }),
          ...(mode !== undefined && { mode }),
          ...(folder !== undefined && { workspace: folder }),
          ...(tier !== undefined && { isolation: tier }),
          ...(space !== undefined && { space }),
        },
      ])
      if (tier !== undefined || folder !== undefined) await isolation.settle(sessionId)
      return log.summary(sessionId)
    }),
  }
}
