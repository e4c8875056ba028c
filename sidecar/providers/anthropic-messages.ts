import type { Anthropic } from '@anthropic-ai/sdk'
import type { AssistantContent, Media, ModelMessage, ModelRequest } from './provider.ts'
import { argsObject } from './tool-args.ts'
import { toBlocks } from './user-content.ts'

type Block = Anthropic.ContentBlockParam
type Param = Anthropic.MessageParam

const CACHE = { cache_control: { type: 'ephemeral' as const } }

/** Marks a signature that is the sealed content of a thought the vendor did not show. */
const REDACTED = 'redacted:'
export const sealRedacted = (data: string): string => REDACTED + data

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

/** The conversation, in turns that alternate, cached up to the last user message. @param provider whose seals may go back */
export async function toMessages(request: ModelRequest, provider: string): Promise<Param[]> {
  const params: { role: 'user' | 'assistant'; content: Block[] }[] = []
  for (const message of request.messages) {
    const role = message.role === 'assistant' ? 'assistant' : 'user'
    const content = message.role === 'user' ? await toBlocks(message.content, text, mediaBlock) : blocksOf(message, provider)
    if (content.length === 0) continue
    const last = params.at(-1)
    if (last?.role === role) last.content.push(...content)
    else params.push({ role, content })
  }
  const lastUser = params.findLast(({ role }) => role === 'user')
  const end = lastUser?.content.at(-1)
  if (lastUser !== undefined && end !== undefined) lastUser.content[lastUser.content.length - 1] = { ...end, ...CACHE } as Block
  return params
}

function blocksOf(message: Exclude<ModelMessage, { role: 'user' }>, provider: string): Block[] {
  switch (message.role) {
    case 'tool':
      return message.results.map(({ callId, text: content, isError }) => ({
        type: 'tool_result',
        tool_use_id: plain(callId),
        content,
        is_error: isError,
      }))
    case 'assistant':
      return message.content.flatMap((part) => assistantBlock(part, provider))
  }
}

function assistantBlock(part: AssistantContent, provider: string): Block[] {
  if (part.type === 'text') return text(part.text)
  if (part.type === 'toolCall')
    return [{ type: 'tool_use', id: plain(part.callId), name: plain(part.name), input: argsObject(part.args) }]
  // A seal is only good where it was made; a thought without one would be refused.
  if (part.signature === undefined || !part.model.startsWith(`${provider}/`)) return []
  if (part.signature.startsWith(REDACTED)) return [{ type: 'redacted_thinking', data: part.signature.slice(REDACTED.length) }]
  return [{ type: 'thinking', thinking: part.text, signature: part.signature }]
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

/** Ids and names of other vendors hold characters that are refused here. */
const plain = (id: string): string => id.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 128) || '_'
