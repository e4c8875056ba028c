import type { OpenAI } from 'openai'
import { CallIds } from './call-ids.ts'
import { type ChatDialect, callIdShapes } from './chat-dialect.ts'
import type { AssistantContent, Media, ModelRequest, UserContent } from './provider.ts'
import { openDetails, type ReasoningDetail } from './reasoning-details.ts'
import { argsObject, callName } from './tool-args.ts'
import { dataUri, toBlocks } from './user-content.ts'

type Param = OpenAI.Chat.Completions.ChatCompletionMessageParam
/** OpenAI's blocks, and those that other servers have beside them. */
type Block =
  | OpenAI.Chat.Completions.ChatCompletionContentPart
  | { type: 'input_audio'; input_audio: string }
  | { type: 'document_url'; document_url: string; document_name: string }
  | { type: 'video_url'; video_url: { url: string } }
type MediaBlock = (media: Media) => ((base64: string) => Block) | undefined

/**
 * A request's words as a server's chat completions take them.
 * @param provider whose own thoughts may go back to it, where the dialect has a place for them
 */
export async function toChatMessages(request: ModelRequest, provider: string, dialect: ChatDialect): Promise<Param[]> {
  const params: Param[] = request.system === '' ? [] : [{ role: 'system', content: request.system }]
  const ids = new CallIds(callIdShapes[dialect.callIds])
  const ofMedia = (media: Media) => mediaBlock(media, dialect)
  for (const message of request.messages) {
    switch (message.role) {
      case 'user':
        params.push({ role: 'user', content: await userContent(message.content, ofMedia) } as Param)
        break
      case 'assistant':
        params.push(...assistant(message.content, provider, dialect, ids))
        break
      case 'tool':
        for (const { callId, text: content, name } of message.results) {
          const result = { role: 'tool' as const, tool_call_id: ids.result(callId), content }
          params.push(dialect.resultNames ? ({ ...result, name: callName(name) } as Param) : result)
        }
        break
    }
  }
  return params
}

export function toChatTools(request: ModelRequest): OpenAI.Chat.Completions.ChatCompletionFunctionTool[] {
  return request.tools.map(({ name, description, parameters }) => ({
    type: 'function',
    function: { name, description, parameters },
  }))
}

/** Plain words where nothing but words was sent: not every server takes blocks. */
async function userContent(content: readonly UserContent[], ofMedia: MediaBlock): Promise<string | Block[]> {
  const blocks = await toBlocks(content, text, ofMedia)
  const words = blocks.flatMap((block) => (block.type === 'text' ? [block.text] : []))
  return words.length === blocks.length ? words.join('\n\n') : blocks
}

const text = (value: string): Block[] => [{ type: 'text', text: value }]

const IMAGES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])
const AUDIO: Readonly<Record<string, 'wav' | 'mp3'>> = {
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
}

function mediaBlock(media: Media, dialect: ChatDialect): ReturnType<MediaBlock> {
  switch (media.kind) {
    case 'image':
      if (!dialect.image || !IMAGES.has(media.mime)) return undefined
      return (base64) => ({ type: 'image_url', image_url: { url: dataUri(media, base64) } })
    case 'audio': {
      const format = AUDIO[media.mime]
      if (format === undefined || dialect.audio === 'none') return undefined
      if (dialect.audio === 'bare') return (data) => ({ type: 'input_audio', input_audio: data })
      return (data) => ({ type: 'input_audio', input_audio: { data, format } })
    }
    case 'pdf':
      if (dialect.pdf === 'none') return undefined
      if (dialect.pdf === 'document_url')
        return (base64) => ({ type: 'document_url', document_url: dataUri(media, base64), document_name: media.name })
      return (base64) => ({ type: 'file', file: { filename: media.name, file_data: dataUri(media, base64) } })
    case 'video':
      if (!dialect.video) return undefined
      return (base64) => ({ type: 'video_url', video_url: { url: dataUri(media, base64) } })
  }
}

/** A thought goes back only to who thought it, and only where it has a place. */
function assistant(content: readonly AssistantContent[], provider: string, dialect: ChatDialect, ids: CallIds): Param[] {
  let said = ''
  let thought = ''
  const details: ReasoningDetail[] = []
  const calls: OpenAI.Chat.Completions.ChatCompletionMessageFunctionToolCall[] = []
  for (const part of content) {
    if (part.type === 'text') said += part.text
    else if (part.type === 'toolCall') {
      const called = { name: callName(part.name), arguments: JSON.stringify(argsObject(part.args)) }
      calls.push({ id: ids.call(part.callId), type: 'function', function: called })
    } else if (part.model.startsWith(`${provider}/`)) {
      thought += part.text
      details.push(...openDetails(part.signature))
    }
  }
  if (calls.length === 0 && said === '') return []
  return [
    {
      role: 'assistant',
      content: said === '' ? null : said,
      ...(calls.length > 0 && { tool_calls: calls }),
      // A call without the field is refused, even where nothing was thought before it.
      ...(dialect.thoughts === 'reasoning_content' && calls.length > 0 && { reasoning_content: thought }),
      ...(dialect.thoughts === 'reasoning_details' && details.length > 0 && { reasoning_details: details }),
    },
  ]
}
