import type { Anthropic } from '@anthropic-ai/sdk'
import { CallIds, wordCallId } from './call-ids.ts'
import type { AssistantContent, Media, ModelMessage, ModelRequest } from './provider.ts'
import { isSealed, unseal } from './seal.ts'
import { argsObject, callName } from './tool-args.ts'
import { toBlocks } from './user-content.ts'

type Block = Anthropic.ContentBlockParam
type Param = Anthropic.MessageParam

/** The vendor takes four breakpoints: the tools, the system prompt, and the last two messages of the person's side. */
const CACHE = { cache_control: { type: 'ephemeral' as const } }
const CACHED_MESSAGES = 2

/** The system prompt, cached up to its end. */
export function toSystem(request: ModelRequest): Anthropic.TextBlockParam[] {
  return request.system.trim() === '' ? [] : [{ type: 'text', text: request.system, ...CACHE }]
}

/** The tools, cached up to the last. */
export function toTools(request: ModelRequest): Anthropic.Tool[] {
  return request.tools.map(({ name, description, parameters }, index) => ({
    name,
    description,
    input_schema: { ...parameters, type: 'object' },
    ...(index === request.tools.length - 1 && CACHE),
  }))
}

/**
 * The conversation, in turns that alternate. It is cached up to its end, and up to the end that the call before had, so
 * that what that one cached is found.
 * @param provider whose seals may go back
 */
export async function toMessages(request: ModelRequest, provider: string): Promise<Param[]> {
  const params: { role: 'user' | 'assistant'; content: Block[] }[] = []
  const ids = new CallIds(wordCallId)
  for (const message of request.messages) {
    const role = message.role === 'assistant' ? 'assistant' : 'user'
    const content = message.role === 'user' ? await toBlocks(message.content, text, mediaBlock) : blocksOf(message, provider, ids)
    if (content.length === 0) continue
    const last = params.at(-1)
    if (last?.role === role) last.content.push(...content)
    else params.push({ role, content })
  }
  for (const { content } of params.filter(({ role }) => role === 'user').slice(-CACHED_MESSAGES))
    content[content.length - 1] = { ...content.at(-1), ...CACHE } as Block
  return params
}

/**
 * Whether a model that is told to think takes this conversation: while tools are at work, each answer so far has to begin
 * with a thought of its own. Those of another vendor do not.
 */
export function mayThink(request: ModelRequest, provider: string): boolean {
  const begun = request.messages.findLastIndex(({ role }) => role === 'user') + 1
  return request.messages.slice(begun).every((message) => {
    const first = message.role === 'assistant' ? message.content.find((part) => blockOf(part, provider).length > 0) : undefined
    return message.role !== 'assistant' || first?.type === 'thinking'
  })
}

function blocksOf(message: Exclude<ModelMessage, { role: 'user' }>, provider: string, ids: CallIds): Block[] {
  if (message.role === 'assistant') return message.content.flatMap((part) => blockOf(part, provider, ids))
  return message.results.map(({ callId, text: content, isError }) => ({
    type: 'tool_result',
    tool_use_id: ids.result(callId),
    // An error without words is refused.
    content: isError && content === '' ? 'It failed.' : content,
    is_error: isError,
  }))
}

function blockOf(part: AssistantContent, provider: string, ids?: CallIds): Block[] {
  if (part.type === 'text') return text(part.text)
  if (part.type === 'toolCall') {
    const id = ids?.call(part.callId) ?? part.callId
    return [{ type: 'tool_use', id, name: callName(part.name), input: argsObject(part.args) }]
  }
  // A seal is only good where it was made; a thought without one would be refused.
  if (part.signature === undefined || !part.model.startsWith(`${provider}/`)) return []
  const redacted = unseal('redacted', part.signature)
  if (redacted !== undefined) return [{ type: 'redacted_thinking', data: redacted }]
  return isSealed(part.signature) ? [] : [{ type: 'thinking', thinking: part.text, signature: part.signature }]
}

const IMAGES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])

function mediaBlock(media: Media): ((base64: string) => Block) | undefined {
  if (media.kind === 'image' && IMAGES.has(media.mime)) {
    const media_type = media.mime as Anthropic.Base64ImageSource['media_type']
    return (data) => ({ type: 'image', source: { type: 'base64', media_type, data } })
  }
  if (media.kind !== 'pdf') return undefined
  return (data) => ({ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data }, title: media.name })
}

/** A text block of nothing but space is refused. */
const text = (value: string): Block[] => (value.trim() === '' ? [] : [{ type: 'text', text: value }])
