import { styleText } from 'node:util'
import type { Message, ToolPart, Turn } from '../../contract/index.ts'
import type { Terminal } from './host.ts'
import { plain } from './plain.ts'

type Style = Parameters<typeof styleText>[0]

/** Styled where the stream is a terminal and NO_COLOR does not say otherwise. */
export const styled = (style: Style, text: string, stream: NodeJS.WriteStream): string =>
  styleText(style, text, { stream, validateStream: true })

/** The text of a turn: every text of its answers, a blank line between two. */
export function responseOf(messages: readonly Message[]): string {
  return messages
    .filter(({ role, status }) => role === 'assistant' && status !== 'replaced')
    .flatMap(({ parts }) => parts.flatMap((part) => (part.type === 'text' && part.text.trim() !== '' ? [part.text.trim()] : [])))
    .join('\n\n')
}

/** Prints a turn as it grows: text to stdout, tool calls as short lines to stderr. */
export class TurnScreen {
  readonly #terminal: Pick<Terminal, 'stdout' | 'stderr'>
  readonly #text: boolean
  readonly #printed = new Map<string, number>()
  readonly #calls = new Map<string, ToolPart['status']>()
  #openPart: string | undefined
  #lineIsOpen = false
  #warned = 0
  #pausedUntil: string | undefined

  /** @param text false keeps stdout for somebody else */
  constructor(terminal: Pick<Terminal, 'stdout' | 'stderr'>, text: boolean) {
    this.#terminal = terminal
    this.#text = text
  }

  draw(messages: readonly Message[]): void {
    for (const { role, parts } of messages) {
      if (role !== 'assistant') continue
      for (const part of parts) {
        if (part.type === 'text') this.#drawText(part.id, part.text)
        if (part.type === 'tool') this.#drawCall(part)
      }
    }
  }

  /** Tells, once each, why the turn pauses and what the person should know of it. */
  tell({ waiting, warnings = [] }: Turn): void {
    for (const warning of warnings.slice(this.#warned)) this.#note(`! ${warning}`)
    this.#warned = Math.max(this.#warned, warnings.length)
    if (!waiting || waiting.until === this.#pausedUntil) return
    this.#pausedUntil = waiting.until
    const why = waiting.failure?.message ?? `The limit of ${waiting.model} is used up.`
    this.#note(`… ${why} Going on at ${new Date(waiting.until).toLocaleTimeString()}.`)
  }

  /** Ends the line that is being written. */
  endLine(): void {
    if (this.#lineIsOpen) this.#terminal.stdout.write('\n')
    this.#lineIsOpen = false
    this.#openPart = undefined
  }

  #drawText(id: string, text: string): void {
    const known = this.#printed.get(id) ?? 0
    if (!this.#text || text.length <= known) return
    const { stdout } = this.#terminal
    if (this.#openPart !== id) {
      this.endLine()
      if (this.#printed.size > 0) stdout.write('\n')
    }
    const more = text.slice(known)
    stdout.write(stdout.isTTY ? plain(more) : more)
    this.#printed.set(id, text.length)
    this.#openPart = id
    this.#lineIsOpen = !text.endsWith('\n')
  }

  #drawCall({ id, status, title, output, note }: ToolPart): void {
    const before = this.#calls.get(id)
    if (before === status || status === 'requested') return
    this.#calls.set(id, status)
    if (before === undefined) this.#note(`> ${title}`)
    if (status === 'done' || status === 'allowed' || status === 'running' || status === 'waiting') return
    const why = (status === 'denied' && note) || output.split('\n', 1)[0]
    this.#note(`  ${status}${why ? `: ${why}` : ''}`)
  }

  #note(line: string): void {
    this.endLine()
    const { stderr } = this.#terminal
    stderr.write(`${styled('dim', plain(line), stderr)}\n`)
  }
}
