import type { OpenAI } from 'openai'
import type { AssistantContent, Media, ModelMessage, ModelRequest, UserContent } from './provider.ts'
import { argsObject } from './tool-args.ts'
import { dataUri, toBlocks } from './user-content.ts'

type Param = OpenAI.Chat.Completions.ChatCompletionMessageParam
type Block = OpenAI.Chat.Completions.ChatCompletionContentPart

/** A request's words as chat completions take them. Thinking stays behind: this wire has no place to give it back. */
export async function toChatMessages(request: ModelRequest): Promise<Param[]> {
  const params: Param[] = request.system === '' ? [] : [{ role: 'system', content: request.system }]
  for (const message of request.messages) {
    if (message.role === 'user') params.push({ role: 'user', content: await userContent(message.content) })
    else params.push(...toParams(message))
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
async function userContent(content: readonly UserContent[]): Promise<string | Block[]> {
  const blocks = await toBlocks(content, text, mediaBlock)
  const words = blocks.flatMap((block) => (block.type === 'text' ? [block.text] : []))
  return words.length === blocks.length ? words.join('\n\n') : blocks
}

const text = (value: string): Block[] => [{ type: 'text', text: value }]

const AUDIO: Readonly<Record<string, 'wav' | 'mp3'>> = {
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
}

function mediaBlock(media: Media): ((base64: string) => Block) | undefined {
  switch (media.kind) {
    case 'image':
      return (base64) => ({ type: 'image_url', image_url: { url: dataUri(media, base64) } })
    case 'audio': {
      const format = AUDIO[media.mime]
      return format && ((data) => ({ type: 'input_audio', input_audio: { data, format } }))
    }
    case 'pdf':
      return (base64) => ({ type: 'file', file: { filename: media.name, file_data: dataUri(media, base64) } })
    case 'video':
      return undefined
  }
}

function toParams(message: Exclude<ModelMessage, { role: 'user' }>): Param[] {
  if (message.role === 'assistant') return assistant(message.content)
  return message.results.map(({ callId, text: content }) => ({ role: 'tool', tool_call_id: callId, content }))
}

function assistant(content: readonly AssistantContent[]): Param[] {
  const text = content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('')
  const calls = content.flatMap((part) =>
    part.type === 'toolCall'
      ? [
          {
            id: part.callId,
            type: 'function' as const,
            function: { name: part.name, arguments: JSON.stringify(argsObject(part.args)) },
          },
        ]
      : [],
  )
  if (calls.length > 0) return [{ role: 'assistant', content: text === '' ? null : text, tool_calls: calls }]
  return text === '' ? [] : [{ role: 'assistant', content: text }]
}
