import type { Content, FunctionDeclaration, Part } from '@google/genai/web'
import { CallIds, wordCallId } from './call-ids.ts'
import type { AssistantContent, Media, ModelRequest, ToolResult } from './provider.ts'
import { unseal } from './seal.ts'
import { argsObject, callName } from './tool-args.ts'
import { toBlocks } from './user-content.ts'

/** What Google takes in the place of a signature for a call that another model made. */
const NO_SIGNATURE = 'skip_thought_signature_validator'
/** Models before the third generation have no use for it. */
const WANTS_SIGNATURES = /^(models\/)?gemini-(?![12]\b)/

/** The conversation as Gemini takes it. @param provider whose signatures may go back */
export async function toContents(request: ModelRequest, provider: string): Promise<Content[]> {
  const contents: Content[] = []
  const ids = new CallIds(wordCallId)
  const signed = WANTS_SIGNATURES.test(request.model)
  for (const message of request.messages) {
    switch (message.role) {
      case 'user':
        add(contents, 'user', await toBlocks(message.content, text, mediaPart))
        break
      case 'assistant':
        add(contents, 'model', assistant(message.content, provider, ids, signed))
        break
      case 'tool':
        add(
          contents,
          'user',
          message.results.map((result) => resultPart(result, ids)),
        )
        break
    }
  }
  return contents
}

export function toDeclarations(request: ModelRequest): FunctionDeclaration[] {
  return request.tools.map(({ name, description, parameters: { $schema: _, ...parametersJsonSchema } }) => ({
    name,
    description,
    parametersJsonSchema,
  }))
}

function add(contents: Content[], role: 'user' | 'model', parts: Part[]): void {
  if (parts.length > 0) contents.push({ role, parts })
}

/**
 * Thoughts stay behind, their signatures go back on the part that followed them. The first call of an answer has to have
 * one in any case.
 */
function assistant(content: readonly AssistantContent[], provider: string, ids: CallIds, signed: boolean): Part[] {
  const parts: Part[] = []
  let signature: string | undefined
  let called = false
  for (const part of content) {
    if (part.type === 'thinking') {
      if (part.model.startsWith(`${provider}/`)) signature = unseal('gemini', part.signature) ?? signature
      continue
    }
    const made: Part =
      part.type === 'text'
        ? { text: part.text }
        : { functionCall: { id: ids.call(part.callId), name: callName(part.name), args: argsObject(part.args) } }
    if (part.type === 'toolCall' && !called) {
      called = true
      if (signed) signature ??= NO_SIGNATURE
    }
    if (part.type === 'text' && part.text === '' && signature === undefined) continue
    parts.push(signature === undefined ? made : { ...made, thoughtSignature: signature })
    signature = undefined
  }
  if (signature !== undefined && parts.length > 0) parts.push({ text: '', thoughtSignature: signature })
  return parts
}

const resultPart = ({ callId, name, text: said, isError }: ToolResult, ids: CallIds): Part => ({
  functionResponse: { id: ids.result(callId), name: callName(name), response: isError ? { error: said } : { output: said } },
})

const text = (value: string): Part[] => (value === '' ? [] : [{ text: value }])

const MIMES: Readonly<Record<Media['kind'], RegExp>> = {
  image: /^image\/(png|jpeg|webp|heic|heif)$/,
  audio: /^audio\/(wav|x-wav|mp3|mpeg|aiff|aac|ogg|flac)$/,
  video: /^video\/(mp4|mpeg|mov|quicktime|avi|x-flv|mpg|webm|wmv|3gpp)$/,
  pdf: /^application\/pdf$/,
}

function mediaPart({ kind, mime }: Media): ((base64: string) => Part) | undefined {
  return MIMES[kind].test(mime) ? (data) => ({ inlineData: { mimeType: mime, data } }) : undefined
}
