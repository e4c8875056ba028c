import type { ModelRequest, ProviderEvent } from './provider.ts'
import { parseArgs } from './tool-args.ts'

/** A piece of a tool call as compatible servers send it: any field may be missing. */
export interface CallFragment {
  index?: number | null | undefined
  id?: string | null | undefined
  function?: { name?: string | null | undefined; arguments?: string | object | null | undefined } | null | undefined
}

interface OpenCall {
  index: number | undefined
  id: string
  name: string
  args: string
}

type CallEvent = Extract<ProviderEvent, { type: 'toolCall' }>

/** The calls that a conversation holds already. */
export const countCalls = (request: ModelRequest): number =>
  request.messages.reduce(
    (sum, message) =>
      sum + (message.role === 'assistant' ? message.content.filter((part) => part.type === 'toolCall').length : 0),
    0,
  )

/**
 * Puts tool calls together from fragments. Servers differ: some send no index, some the same index for every call, some
 * no id, some repeat id and name in each piece. A new id, or a name where there is no id to tell, begins a new call.
 */
export class ToolCalls {
  readonly #open: OpenCall[] = []
  readonly #madeBefore: number

  /** @param madeBefore calls already in the conversation, so that an id made here is new in it */
  constructor(madeBefore: number) {
    this.#madeBefore = madeBefore
  }

  get any(): boolean {
    return this.#open.length > 0
  }

  add(fragment: CallFragment): void {
    const index = fragment.index ?? undefined
    const id = fragment.id ?? ''
    const name = fragment.function?.name ?? ''
    const args = fragment.function?.arguments ?? ''
    let call = this.#find(index, id, name)
    if (call === undefined) {
      call = { index, id, name, args: '' }
      this.#open.push(call)
    }
    call.id ||= id
    call.name ||= name
    call.args += typeof args === 'string' ? args : JSON.stringify(args)
  }

  #find(index: number | undefined, id: string, name: string): OpenCall | undefined {
    if (index !== undefined) {
      const call = this.#open.findLast((open) => open.index === index)
      return call !== undefined && id !== '' && call.id !== '' && call.id !== id ? undefined : call
    }
    if (id !== '') return this.#open.find((open) => open.id === id)
    return name === '' ? this.#open.at(-1) : undefined
  }

  /** The calls, whole. @param cut the answer was cut short: a call whose arguments are broken is left out */
  finish(cut: boolean): CallEvent[] {
    const used = new Set<string>()
    return this.#open.flatMap((call, position) => {
      const all = parseArgs(call.args)
      const kept = cut ? all.filter((args) => typeof args !== 'string') : all
      return kept.map((args, part) => {
        const base = call.id === '' ? `call_${this.#madeBefore + position + 1}` : call.id
        let callId = part === 0 ? base : `${base}_${part + 1}`
        while (used.has(callId)) callId = `${callId}_${position + 1}`
        used.add(callId)
        return { type: 'toolCall', callId, name: call.name, args }
      })
    })
  }
}
