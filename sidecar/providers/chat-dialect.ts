import { anyCallId, type CallIdShape, nineCallId, wordCallId } from './call-ids.ts'

/** How a server's chat completions differ from those of others. */
export interface ChatDialect {
  /** The name of the limit of an answer: OpenAI's newer models refuse the old one, many servers do not know the new one. */
  maxTokens: 'max_tokens' | 'max_completion_tokens'
  /** Takes `stream_options`; without it usage comes by itself. */
  streamOptions: boolean
  /** Sent where set, beside tools: some servers call one tool at a time by default. */
  parallelToolCalls: boolean | undefined
  /** The field in which a thought goes back to the server that thought it. */
  thoughts: 'none' | 'reasoning_content' | 'reasoning_details'
  callIds: keyof typeof callIdShapes
  /** A result names its tool. */
  resultNames: boolean
  image: boolean
  audio: 'input_audio' | 'bare' | 'none'
  pdf: 'file' | 'document_url' | 'none'
  video: boolean
}

export const callIdShapes = {
  any: anyCallId,
  /** OpenAI's own limit. */
  forty: { ...anyCallId, most: 40 },
  word: wordCallId,
  nine: nineCallId,
} satisfies Record<string, CallIdShape>

/** For a server that nothing is known of. */
export const plainDialect: ChatDialect = {
  maxTokens: 'max_tokens',
  streamOptions: true,
  parallelToolCalls: undefined,
  thoughts: 'none',
  callIds: 'any',
  resultNames: false,
  image: true,
  audio: 'input_audio',
  pdf: 'file',
  video: false,
}

export const openAiDialect: Partial<ChatDialect> = { maxTokens: 'max_completion_tokens', callIds: 'forty' }

export const mistralDialect: Partial<ChatDialect> = {
  streamOptions: false,
  callIds: 'nine',
  resultNames: true,
  audio: 'bare',
  pdf: 'document_url',
}
