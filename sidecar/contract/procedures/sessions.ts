import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { LoggedEvent } from '../events.ts'
import { SessionId } from '../ids.ts'
import { PAGE } from '../page.ts'
import { Message } from '../parts.ts'
import { Isolation, Mode, ModelRef, Space } from '../values.ts'
import { SessionSummary, SessionView } from '../view.ts'
import { ListItem, WatchItem } from '../watch.ts'
import { base } from './base.ts'

const Ref = z.object({ sessionId: SessionId })
const route = (method: 'GET' | 'POST' | 'PATCH', path: `/${string}`, summary: string) =>
  base.route({ method, path, summary, tags: ['sessions'] })

export const sessions = {
  create: route('POST', '/sessions', 'Create a session')
    .input(
      z.object({
        /** Chosen by who asks: asking again under it makes no second one. */
        sessionId: SessionId.optional(),
        title: z.string().max(200).optional(),
        workspace: z.string().max(4096).optional(),
        model: ModelRef.optional(),
        mode: Mode.optional(),
        isolation: Isolation.optional(),
        /** Default: `main`. */
        space: Space.optional(),
      }),
    )
    .output(SessionSummary),
  list: route('GET', '/sessions', 'List sessions, newest first; search by title')
    .input(
      z.object({
        search: z.string().max(200).optional(),
        archived: z.stringbool().or(z.boolean()).default(false),
        limit: z.coerce.number().int().min(1).max(500).default(100),
        /** `updatedAt` of the last row of the page before. */
        before: z.iso.datetime().optional(),
      }),
    )
    .output(z.object({ sessions: z.array(SessionSummary) })),
  get: route('GET', '/sessions/{sessionId}', 'The view of a session with its newest messages').input(Ref).output(SessionView),
  messages: route('GET', '/sessions/{sessionId}/messages', 'A page of messages that stand before a place')
    .input(
      Ref.extend({
        /** How many messages stand before the page's end: `earlier` of the view. */
        before: z.coerce.number().int().nonnegative(),
        limit: z.coerce.number().int().min(1).max(200).default(PAGE),
      }),
    )
    .output(z.object({ messages: z.array(Message), earlier: z.number().int().nonnegative() })),
  events: route('GET', '/sessions/{sessionId}/events', 'A page of the durable log')
    .input(
      Ref.extend({
        after: z.coerce.number().int().nonnegative().default(0),
        limit: z.coerce.number().int().min(1).max(1000).default(500),
      }),
    )
    .output(z.object({ events: z.array(LoggedEvent), head: z.number().int().nonnegative() })),
  watch: route('GET', '/sessions/{sessionId}/watch', 'Follow a session live')
    .input(Ref.extend({ after: z.coerce.number().int().nonnegative().optional() }))
    .output(eventIterator(WatchItem)),
  watchList: route('GET', '/sessions-watch', 'Follow the session list live').output(eventIterator(ListItem)),
  rename: route('POST', '/sessions/{sessionId}/rename', 'Rename a session')
    .input(Ref.extend({ title: z.string().trim().min(1).max(200) }))
    .output(SessionSummary),
  archive: route('POST', '/sessions/{sessionId}/archive', 'Archive a session, or bring it back')
    .input(Ref.extend({ archived: z.boolean().default(true) }))
    .output(SessionSummary),
  configure: route(
    'PATCH',
    '/sessions/{sessionId}',
    'Change model, mode, workspace or isolation from the next step on, or its space',
  )
    .input(
      Ref.extend({
        model: ModelRef.optional(),
        mode: Mode.optional(),
        workspace: z.string().max(4096).optional(),
        /** Null: what the settings say. */
        isolation: Isolation.nullable().optional(),
        /** Whose memories it learns and recalls from now on. Only while it rests. */
        space: Space.optional(),
      }),
    )
    .output(SessionSummary),
}
