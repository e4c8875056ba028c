import type { Client, SessionSummary } from '../../contract/index.ts'
import { warnOfHost } from './commands/sandbox.ts'
import type { Host } from './host.ts'
import { plain } from './plain.ts'
import { UsageError } from './problem.ts'
import { modelRef, sessionId } from './session.ts'
import { sessionRows } from './table.ts'

const HELP = `/new             start a new session in the same folder
/sessions        list the newest sessions
/switch ID|N     go on in another one (N: its number in the list)
/model NAME      change the model (provider/model)
/mode MODE       change the mode: ask, auto-edit or auto
/sandbox TIER    change the isolation: host (none), process, container, microvm or default
/space NAME      put it into another space: whose memories it learns and recalls
/help            this list
/quit            end the conversation (also Ctrl-D, or Ctrl-C twice)`
const MODES = ['ask', 'auto-edit', 'auto'] as const
const TIERS = ['host', 'process', 'container', 'microvm'] as const
const LISTED = 20

interface Talk {
  client: Client
  session: SessionSummary
  host: Host
}

/** A command of the conversation. @returns the session to go on in @throws UsageError */
export async function slash(text: string, { client, session, host }: Talk): Promise<SessionSummary | 'quit'> {
  const [name = '', argument = ''] = text.slice(1).split(/\s+/, 2)
  const newest = async () => (await client.sessions.list({ limit: LISTED })).sessions
  const now = (next: SessionSummary): SessionSummary => {
    host.note(
      `${plain(next.title) || 'new session'}: ${next.model}, mode ${next.mode}, in ${next.workspace}${next.space ? `, space ${plain(next.space)}` : ''}`,
    )
    return next
  }
  switch (name) {
    case 'new': {
      const { model, mode, workspace, isolation, space } = session
      return now(
        await client.sessions.create({ model, mode, workspace, ...(isolation && { isolation }), ...(space && { space }) }),
      )
    }
    case 'sessions':
      for (const [index, row] of sessionRows(await newest()).entries()) host.note(`${String(index + 1).padStart(2)}  ${row}`)
      return session
    case 'switch': {
      const id = /^\d{1,3}$/.test(argument) ? (await newest())[Number(argument) - 1]?.id : sessionId(argument)
      if (id === undefined) throw new UsageError(`there is no session ${argument} in the list`)
      return now((await client.sessions.get({ sessionId: id })).summary)
    }
    case 'model':
      return now(await client.sessions.configure({ sessionId: session.id, model: modelRef(argument) }))
    case 'mode': {
      const mode = MODES.find((known) => known === argument)
      if (!mode) throw new UsageError(`"${argument}" is no mode`, `The modes are ${MODES.join(', ')}.`)
      return now(await client.sessions.configure({ sessionId: session.id, mode }))
    }
    case 'sandbox': {
      const isolation = argument === 'default' ? null : TIERS.find((known) => known === argument)
      if (isolation === undefined)
        throw new UsageError(`"${argument}" is no isolation`, `It is one of ${TIERS.join(', ')} or default.`)
      warnOfHost(host, isolation ?? undefined)
      return now(await client.sessions.configure({ sessionId: session.id, isolation }))
    }
    case 'space':
      if (argument === '') throw new UsageError('/space needs a name', 'For example /space work; the usual one is main.')
      return now(await client.sessions.configure({ sessionId: session.id, space: argument }))
    case 'help':
      host.note(HELP)
      return session
    case 'quit':
    case 'exit':
      return 'quit'
    default:
      throw new UsageError(`there is no command /${name}`, '/help lists them.')
  }
}
