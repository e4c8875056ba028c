import { z } from 'zod'
import { MessageId, SessionId } from '../ids.ts'
import { MEDIA_LIMITS } from '../media-limits.ts'
import { UserPart } from '../parts.ts'
import { base } from './base.ts'

const Ref = z.object({ sessionId: SessionId })
const route = (path: `/${string}`, summary: string) => base.route({ method: 'POST', path, summary, tags: ['turns'] })

export const turns = {
  send: route('/sessions/{sessionId}/messages', 'Send a message: it starts a turn, or waits in the queue')
    .input(
      Ref.extend({
        parts: z
          .array(UserPart)
          .min(1)
          .max(1 + MEDIA_LIMITS.files),
        /** Join the running turn between two steps rather than wait for its end. */
        steer: z.boolean().default(false),
        /** Sending again with the same id is answered with the first result. */
        messageId: MessageId.optional(),
      }),
    )
    .output(z.object({ messageId: MessageId })),
  cancel: route('/sessions/{sessionId}/cancel', 'Stop the running turn')
    .input(Ref)
    .output(z.object({ cancelled: z.boolean() })),
  continue: route('/sessions/{sessionId}/continue', 'Go on after an interrupted, failed or cancelled turn')
    .input(Ref)
    .output(z.object({})),
  unqueue: route('/sessions/{sessionId}/unqueue', 'Take a waiting message out of the queue')
    .input(Ref.extend({ messageId: MessageId }))
    .output(z.object({})),
}
