import { type Client, ProcessId, type ProcessInfo } from '../../../contract/index.ts'
import type { JsonOption, TerminalOptions } from '../command-set.ts'
import { withClient } from '../connection.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { plain } from '../plain.ts'
import { causeOf, UsageError } from '../problem.ts'
import { ScreenFilter } from '../screen-filter.ts'
import { openSession, sessionId } from '../session.ts'
import { table } from '../table.ts'

/** Ctrl-] */
const DETACH = '\x1d'
/** Characters written in one call. */
const MOST_TYPED = 16 * 1024
/** Modes a program may have left on: the other screen, a hidden cursor, mouse reports, bracketed paste, colours. */
const RESET = '\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1l\x1b>\x1b[0m'

export async function list(host: Host, { session, json }: JsonOption & { session?: string }): Promise<number> {
  const filter = session === undefined ? {} : { sessionId: sessionId(session) }
  const { processes } = await withClient(host, (client) => client.terminals.list(filter))
  if (json) host.print(JSON.stringify({ processes }))
  else if (processes.length === 0) host.note('Nothing runs.')
  else for (const row of table(processes.map(rowOf))) host.print(row)
  return EXIT.done
}

/** As it was printed where it goes into a file; without what steers a terminal where it goes to one. */
export async function read(host: Host, id: string, { from, follow }: { from: number; follow?: boolean }): Promise<number> {
  const { stdout } = host.terminal
  return withClient(host, async (client, { lost }) => {
    const ending = new AbortController()
    const release = host.interrupts.push(() => ending.abort())
    void lost.then(() => ending.abort())
    try {
      const items = await client.terminals.watch({ id: processId(id), from, follow: follow === true }, { signal: ending.signal })
      for await (const item of items) if (item.type === 'output') stdout.write(stdout.isTTY ? plain(item.text) : item.text)
    } catch (error) {
      if (!ending.signal.aborted) throw error
    } finally {
      release()
    }
    return EXIT.done
  })
}

export async function kill(host: Host, id: string): Promise<number> {
  await withClient(host, (client) => client.terminals.close({ id: processId(id) }))
  return EXIT.done
}

/** Joins the person's terminal with one in a box until that ends, or they leave it. */
export async function terminal(host: Host, options: TerminalOptions): Promise<number> {
  const { stdin, stdout } = host.terminal
  if (!stdin.isTTY || !stdout.isTTY)
    throw new UsageError('this needs a terminal of yours', 'In a script, use `oxbow processes read` and `oxbow run`.')
  return withClient(host, async (client, { own, lost }) => {
    const process = await theProcess(client, options, host)
    const mayType = process.startedBy === 'person' || process.takenOver || options.takeOver === true
    host.note(mayType ? 'Ctrl-] leaves it.' : 'The agent started this: you see it, and cannot type. Ctrl-] leaves it.')
    const left = await join(host, client, process, { mayType, takeOver: options.takeOver === true, lost })
    if (left && !own) host.note(`It runs on: oxbow terminal --attach ${process.id}`)
    return EXIT.done
  })
}

async function theProcess(client: Client, options: TerminalOptions, host: Host): Promise<ProcessInfo> {
  const { columns, rows } = host.terminal.stdout
  if (options.attach === undefined) {
    const { id } = await openSession(client, options, host)
    return client.terminals.open({ sessionId: id, ...bounded(columns, rows) })
  }
  const id = processId(options.attach)
  const found = (await client.terminals.list({})).processes.find((process) => process.id === id)
  if (found) return found
  throw new UsageError(`there is no process ${id}`, 'See `oxbow processes` for the ids.')
}

interface JoinOptions {
  mayType: boolean
  takeOver: boolean
  lost: Promise<void>
}

/** @returns whether the person left it while it ran */
async function join(host: Host, client: Client, { id }: ProcessInfo, { mayType, takeOver, lost }: JoinOptions): Promise<boolean> {
  const { stdin, stdout } = host.terminal
  const ending = new AbortController()
  const filter = new ScreenFilter()
  let left = false
  let typing: Promise<unknown> = Promise.resolve()
  const leave = (): void => {
    left = true
    ending.abort()
  }
  const onKeys = (data: string): void => {
    const at = data.indexOf(DETACH)
    const keys = at < 0 ? data : data.slice(0, at)
    for (let start = 0; mayType && start < keys.length; start += MOST_TYPED) {
      const part = keys.slice(start, start + MOST_TYPED)
      // One after the other; what cannot be written any more has ended, which the watch tells.
      typing = typing.then(() => client.terminals.write({ id, data: part, takeOver })).catch(() => {})
    }
    if (at >= 0) leave()
  }
  const onSize = (): void => {
    if (mayType) void client.terminals.resize({ id, ...bounded(stdout.columns, stdout.rows) }).catch(() => {})
  }
  const release = host.interrupts.push(leave)
  void lost.then(() => ending.abort())
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  stdin.on('data', onKeys)
  stdin.resume()
  stdout.on('resize', onSize)
  onSize()
  try {
    for await (const item of await client.terminals.watch({ id }, { signal: ending.signal })) {
      if (item.type === 'output') await shown(stdout, filter.pass(item.text))
    }
  } catch (error) {
    if (!ending.signal.aborted && causeOf(error) !== 'process.notFound') throw error
  } finally {
    stdin.off('data', onKeys)
    stdin.pause()
    stdin.setRawMode(false)
    stdout.off('resize', onSize)
    stdout.write(`${RESET}\r\n`)
    release()
    await typing
  }
  return left
}

/** Waits while the person's terminal is slower than the program. */
const shown = (stdout: NodeJS.WriteStream, text: string): Promise<void> =>
  new Promise((done) => {
    stdout.write(text, () => done())
  })

const bounded = (columns = 80, rows = 24) => ({
  columns: Math.min(Math.max(columns, 2), 1000),
  rows: Math.min(Math.max(rows, 1), 500),
})

function rowOf({ id, startedBy, startedAt, ended, command }: ProcessInfo): string[] {
  const state = !ended ? 'running' : ended.killed ? 'killed' : ended.code === null ? `${ended.signal}` : `exit ${ended.code}`
  const what = startedBy === 'person' ? 'terminal' : plain(command).replaceAll('\n', ' ')
  return [id, state, startedBy, startedAt.slice(0, 16).replace('T', ' '), what]
}

function processId(text: string): ProcessId {
  const parsed = ProcessId.safeParse(text)
  if (parsed.success) return parsed.data
  throw new UsageError(`"${text}" is no process's id`, 'See `oxbow processes` for the ids.')
}
