import type { OpenAI } from 'openai'
import type { AssistantContent, ModelMessage, ModelRequest, UserContent } from './provider.ts'
import { argsObject } from './tool-args.ts'

type Param = OpenAI.Chat.Completions.ChatCompletionMessageParam

/** A request's words as chat completions take them. Thinking stays behind: this wire has no place to give it back. */
export function toChatMessages(request: ModelRequest): Param[] {
  const system: Param[] = request.system === '' ? [] : [{ role: 'system', content: request.system }]
  return [...system, ...request.messages.flatMap(toParams)]
}

export function toChatTools(request: ModelRequest): OpenAI.Chat.Completions.ChatCompletionFunctionTool[] {
  return request.tools.map(({ name, description, parameters }) => ({
    type: 'function',
    function: { name, description, parameters },
  }))
}

/** What a person sent, as text; a document stands under a clear header. */
export function userText(content: UserContent): string {
  if (content.type === 'text') return content.text
  if (content.type === 'media') return `[${content.media.kind}: ${content.media.name}]`
  return `--- document: ${content.name} ---\n${content.text}\n--- end of ${content.name} ---`
}

function toParams(message: ModelMessage): Param[] {
  switch (message.role) {
    case 'user':
      return [{ role: 'user', content: message.content.map(userText).join('\n\n') }]
    case 'tool':
      return message.results.map(({ callId, text }) => ({ role: 'tool', tool_call_id: callId, content: text }))
    case 'assistant':
      return assistant(message.content)
  }
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
