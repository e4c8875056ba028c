import type { Failure, StopReason, Usage } from '../contract/index.ts'

export type ModelMessage =
  | { role: 'user'; content: readonly UserContent[] }
  | { role: 'assistant'; content: readonly AssistantContent[] }
  | { role: 'tool'; results: readonly ToolResult[] }

export type UserContent =
  | { type: 'text'; text: string }
  | { type: 'document'; name: string; text: string }
  | { type: 'media'; media: Media }

/** A file that the model gets as it is. Its bytes are read only when a request is written. */
export interface Media {
  kind: 'image' | 'audio' | 'video' | 'pdf'
  /** `image/png` */
  mime: string
  name: string
  /** The bytes in base64. */
  base64(): Promise<string>
}

export type AssistantContent =
  | { type: 'text'; text: string }
  /** `model` is the full reference of the model that thought it; only the same vendor can take its signature back. */
  | { type: 'thinking'; text: string; signature?: string | undefined; model: string }
  | { type: 'toolCall'; callId: string; name: string; args: unknown }

export interface ToolResult {
  callId: string
  name: string
  text: string
  isError: boolean
}

/** A tool as a model sees it. `parameters` is JSON Schema of an object. */
export interface ToolSpec {
  name: string
  description: string
  parameters: Record<string, unknown>
}

export interface ModelRequest {
  /** The model's own name, without the provider: `gpt-5.1`. */
  model: string
  system: string
  messages: readonly ModelMessage[]
  tools: readonly ToolSpec[]
  maxOutputTokens?: number | undefined
}

/**
 * What a model says, in order. Text and thinking stream; a tool call comes whole (`args` parsed, or the raw string where
 * it is no valid JSON). `usage` may repeat: the last one counts. The stream ends with exactly one `stop` or `error`.
 */
export type ProviderEvent =
  | { type: 'text'; text: string }
  | { type: 'thinking'; text: string }
  | { type: 'thinkingDone'; signature?: string | undefined }
  | { type: 'toolCall'; callId: string; name: string; args: unknown }
  | { type: 'usage'; usage: Usage; costMicros?: number | undefined }
  /** Nothing is happening for `ms` milliseconds: the limits of the account are used up, or a failed try is made again. */
  | { type: 'waiting'; reason: 'retry' | 'quota'; ms: number; tries: number; failure?: Failure }
  | { type: 'stop'; reason: StopReason }
  | { type: 'error'; failure: Failure; retryable: boolean; retryAfterMs?: number | undefined }

/**
 * A language model's server. `stream` never throws and never rejects: a failure is an `error` event.
 * When `signal` aborts, the stream ends promptly (with or without a last event) and its socket is closed.
 */
export interface Provider {
  readonly id: string
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ProviderEvent>
}
