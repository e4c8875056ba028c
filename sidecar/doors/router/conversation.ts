import type { Services } from '../services.ts'
import type { Implementer } from './implement.ts'

export function turnsRouter(os: Implementer['turns'], { kernel, log, media }: Services) {
  return {
    send: os.send.handler(async ({ input: { sessionId, parts, steer, messageId } }) => {
      // What was accepted once is answered alike, whatever model the session has now.
      if (messageId === undefined || log.acceptedBy(messageId) === undefined)
        await media.prepare(parts, log.summary(sessionId).model)
      return { messageId: kernel.send(sessionId, parts, { steer, messageId }) }
    }),
    cancel: os.cancel.handler(async ({ input }) => ({ cancelled: await kernel.cancel(input.sessionId) })),
    continue: os.continue.handler(({ input }) => {
      kernel.continue(input.sessionId)
      return {}
    }),
    unqueue: os.unqueue.handler(({ input }) => {
      kernel.unqueue(input.sessionId, input.messageId)
      return {}
    }),
  }
}

export function approvalsRouter(os: Implementer['approvals'], { approvals, grants }: Services) {
  return {
    list: os.list.handler(({ input }) => ({ approvals: approvals.list(input.sessionId) })),
    answer: os.answer.handler(({ input: { approvalId, ...answer } }) => {
      approvals.answer(approvalId, answer)
      return {}
    }),
    answerAll: os.answerAll.handler(({ input: { approvalIds, ...answer } }) => ({
      answered: approvals.answerAll(approvalIds, answer),
    })),
    grants: os.grants.handler(() => ({ grants: grants.standing() })),
    revoke: os.revoke.handler(({ input }) => {
      grants.revoke(input.id)
      return {}
    }),
  }
}
