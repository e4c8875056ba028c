import type { OpenAI } from 'openai'
import { anyCallId, CallIds } from './call-ids.ts'
import type { AssistantContent, Media, ModelRequest } from './provider.ts'
import { seal, unseal } from './seal.ts'
import { argsObject, callName } from './tool-args.ts'
import { dataUri, toBlocks } from './user-content.ts'

type Item = OpenAI.Responses.ResponseInputItem
type Block = OpenAI.Responses.ResponseInputContent

/** An item of an answer that only OpenAI can read, as the signature of a thought. Its words are kept in the thought itself. */
export function sealItem(item: OpenAI.Responses.ResponseOutputItem): string {
  const { status: _, ...kept } = item as typeof item & { status?: unknown }
  return seal('responses', JSON.stringify(kept.type === 'reasoning' ? { ...kept, summary: [] } : kept))
}

export interface InputOptions {
  /** The full reference of the model that is asked: only its own thoughts go back to it. */
  model: string
  /** Whether sealed items may go back at all. */
  seals: boolean
}

/** The conversation as input items. */
export async function toInput(request: ModelRequest, options: InputOptions): Promise<Item[]> {
  const items: Item[] = []
  const ids = new CallIds(anyCallId)
  for (const message of request.messages) {
    switch (message.role) {
      case 'user': {
        const content = await toBlocks(message.content, text, mediaBlock)
        if (content.length > 0) items.push({ role: 'user', content })
        break
      }
      case 'assistant':
        items.push(...assistant(message.content, options, ids))
        break
      case 'tool':
        for (const { callId, text: output } of message.results)
          items.push({ type: 'function_call_output', call_id: ids.result(callId), output })
        break
    }
  }
  return items
}

/** The tools of this conversation, and those of the vendor that the configuration switched on. */
export function toTools(request: ModelRequest, builtIn: readonly BuiltInTool[]): OpenAI.Responses.Tool[] {
  const own = request.tools.map(({ name, description, parameters }) => ({
    type: 'function' as const,
    name,
    description,
    parameters,
    strict: false,
  }))
  return [...own, ...builtIn.map((name) => builtInTools[name])]
}

/** Tools that run at the vendor, past Oxbow's gate: none is on unless a person names it in the configuration. */
const builtInTools = {
  web_search: { type: 'web_search' },
  code_interpreter: { type: 'code_interpreter', container: { type: 'auto' } },
} as const satisfies Record<string, OpenAI.Responses.Tool>
export type BuiltInTool = keyof typeof builtInTools

function assistant(content: readonly AssistantContent[], options: InputOptions, ids: CallIds): Item[] {
  const items = content.flatMap((part): Item[] => {
    switch (part.type) {
      case 'text':
        return part.text === '' ? [] : [{ role: 'assistant', content: part.text }]
      case 'toolCall': {
        const { name, args } = part
        return [
          {
            type: 'function_call',
            call_id: ids.call(part.callId),
            name: callName(name),
            arguments: JSON.stringify(argsObject(args)),
          },
        ]
      }
      default:
        return options.seals && part.model === options.model ? opened(part.signature, part.text) : []
    }
  })
  // A thought without what it led to is refused; an answer that was cut short ends in one.
  while (items.at(-1)?.type === 'reasoning') items.pop()
  return items
}

function opened(signature: string | undefined, thought: string): Item[] {
  const sealed = unseal('responses', signature)
  if (sealed === undefined) return []
  const item = JSON.parse(sealed) as Item
  if (item.type !== 'reasoning' || thought.trim() === '') return [item]
  return [{ ...item, summary: [{ type: 'summary_text' as const, text: thought }] }]
}

const text = (value: string): Block[] => (value === '' ? [] : [{ type: 'input_text', text: value }])

const IMAGES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])

function mediaBlock(media: Media): ((base64: string) => Block) | undefined {
  if (media.kind === 'image' && IMAGES.has(media.mime))
    return (base64) => ({ type: 'input_image', detail: 'auto', image_url: dataUri(media, base64) })
  if (media.kind === 'pdf') return (base64) => ({ type: 'input_file', filename: media.name, file_data: dataUri(media, base64) })
  return undefined
}
