import type { MediaPart, Message, Part, SessionId, ToolPart } from '../contract/index.ts'
import type { AssistantContent, ModelMessage, ToolResult, UserContent } from '../providers/index.ts'
import type { SessionLog } from './log/session-log.ts'
import { type MemoryContext, NO_MEMORY } from './memory-recall.ts'
import type { Shelf } from './turn-context.ts'

/** Messages read at once, from the newest back. */
const READ_PAGE = 64
/** A cautious measure: no tokenizer of the field makes fewer than one token of this many UTF-16 units of common text. */
const UNITS_PER_TOKEN = 3
/** Share of the model's window that history may fill; the rest is for the system prompt, tools and the answer. */
const HISTORY_SHARE = 0.7
const DEFAULT_CONTEXT_TOKENS = 128_000
/** Share of the history that the text of files may fill. */
const FILE_SHARE = 0.8
const ELIDED = '[This output was left out: the conversation has grown too long. Call the tool again if you need it.]'

/**
 * The conversation as a model gets it: whole turns from the newest back as far as they fit, tool results always beside
 * their calls, outputs and files of long ago left out first.
 * @param contextTokens the model's window, in tokens
 */
export async function history(
  { log, media, memory = NO_MEMORY }: { log: SessionLog; media: Shelf; memory?: MemoryContext | undefined },
  sessionId: SessionId,
  ref: string,
  contextTokens = DEFAULT_CONTEXT_TOKENS,
): Promise<ModelMessage[]> {
  const budget = Math.max(0, contextTokens * UNITS_PER_TOKEN * HISTORY_SHARE - (memory.head?.length ?? 0))
  const chosen: Message[] = []
  let size = 0
  let whole = 0
  for (const message of newestFirst(log, sessionId)) {
    if (message.status === 'replaced') continue
    const fitting = size > budget / 2 ? elide(message) : message
    size += sizeOf(fitting, media) + (memory.beside.get(message.id)?.length ?? 0)
    if (size > budget && whole > 0) break
    chosen.push(fitting)
    if (message.role === 'user') whole = chosen.length
  }
  const messages = chosen.slice(0, whole || chosen.length).reverse()
  const files = messages.flatMap(({ parts }) => parts.filter((part) => part.type === 'media')).reverse()
  const contents = await media.contents(files, ref, Math.floor(budget * FILE_SHARE))
  return merge([
    ...remembered(memory.head),
    ...messages.flatMap((message) => [...remembered(memory.beside.get(message.id)), ...toModel(message, ref, contents)]),
  ])
}

/** What memory brings stands with what the person says, marked as what it is: material. */
const remembered = (text: string | undefined): ModelMessage[] =>
  text === undefined ? [] : [{ role: 'user', content: [{ type: 'document', name: 'memory', text }] }]

function* newestFirst(log: SessionLog, sessionId: SessionId): Generator<Message> {
  let end = log.ahead(sessionId).summary.messageCount
  while (end > 0) {
    const start = Math.max(0, end - READ_PAGE)
    yield* log.messages(sessionId, start, end).reverse()
    end = start
  }
}

function sizeOf(message: Message, media: Shelf): number {
  let size = 0
  for (const part of message.parts) {
    if (part.type === 'tool') size += part.output.length + JSON.stringify(part.args ?? null).length
    else size += part.type === 'media' ? media.weight(part) : part.text.length
  }
  return size
}

function elide(message: Message): Message {
  const parts = message.parts.map((part): Part => {
    if (part.type === 'tool' && part.output.length > ELIDED.length) return { ...part, output: ELIDED }
    if (part.type !== 'media') return part
    const { id, kind, name } = part
    return { type: 'text', id, text: `[${kind} "${name}" was left out: the conversation has grown too long.]` }
  })
  return { ...message, parts }
}

function toModel(message: Message, ref: string, files: ReadonlyMap<MediaPart, UserContent>): ModelMessage[] {
  if (message.role === 'user') {
    const content = message.parts.flatMap((part): UserContent[] => {
      if (part.type === 'text') return [{ type: 'text', text: part.text }]
      if (part.type === 'document') return [{ type: 'document', name: part.name, text: part.text }]
      const file = part.type === 'media' && files.get(part)
      return file ? [file] : []
    })
    return [{ role: 'user', content }]
  }
  const content = message.parts.flatMap((part): AssistantContent[] => {
    switch (part.type) {
      case 'text':
        return part.text === '' ? [] : [{ type: 'text', text: part.text }]
      case 'thinking':
        return message.status === 'complete'
          ? [{ type: 'thinking', text: part.text, signature: part.signature, model: message.model ?? ref }]
          : []
      case 'tool':
        return [{ type: 'toolCall', callId: part.callId, name: part.name, args: part.args }]
      default:
        return []
    }
  })
  const results = message.parts.flatMap((part) => (part.type === 'tool' ? [toResult(part)] : []))
  const said: ModelMessage[] = content.length > 0 ? [{ role: 'assistant', content }] : []
  return results.length > 0 ? [...said, { role: 'tool', results }] : said
}

function toResult(part: ToolPart): ToolResult {
  const note = part.note === undefined ? '' : `\nThe person says: ${part.note}`
  const result = (text: string, isError: boolean): ToolResult => ({
    callId: part.callId,
    name: part.name,
    text: text + note,
    isError,
  })
  switch (part.status) {
    case 'done':
      return result(part.output, false)
    case 'failed':
      return result(part.output, true)
    case 'denied':
      return result(`Not run: ${part.output}.`, true)
    case 'cancelled':
      return result(`Stopped by the person.${part.startedAt ? ` What it printed: ${part.output}` : ' It had not started.'}`, true)
    case 'interrupted':
      return result(
        part.startedAt
          ? 'Oxbow stopped while this ran. The outcome is unknown: it may have had its effect, wholly or partly.'
          : 'Not run: Oxbow stopped before it started.',
        true,
      )
    default:
      return result('Not run: the turn ended before.', true)
  }
}

/** Vendors want roles to alternate: neighbours of one role become one message. */
function merge(messages: readonly ModelMessage[]): ModelMessage[] {
  const merged: ModelMessage[] = []
  for (const message of messages) {
    const last = merged.at(-1)
    if (last?.role === 'user' && message.role === 'user')
      merged[merged.length - 1] = { role: 'user', content: [...last.content, ...message.content] }
    else if (last?.role === 'assistant' && message.role === 'assistant')
      merged[merged.length - 1] = { role: 'assistant', content: [...last.content, ...message.content] }
    else merged.push(message)
  }
  return merged
}
