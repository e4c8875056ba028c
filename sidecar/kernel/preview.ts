import type { FileDiff, ToolPart, Widening } from '../contract/index.ts'
import { widened } from '../sandbox/index.ts'
import { settledWithin } from './abortable.ts'
import type { TurnContext } from './turn-context.ts'

/** A question does not wait longer for what it shows beside the call, in milliseconds. */
const MOST_MS = 2_000

/**
 * What a call would change in the file that is there, for the question about it. Undefined where nothing would be lost, or
 * where it cannot be told: the question shows the whole call all the same.
 * @param widen the file outside that is asked for
 */
export async function previewOf(context: TurnContext, part: ToolPart, widen?: Widening): Promise<FileDiff | undefined> {
  const { toolbox, boxes, log, sessionId, beyond, signal } = context
  const prepared = toolbox.prepare(part.name, part.args)
  if ('problem' in prepared || !prepared.tool.preview) return undefined
  const look = async (): Promise<FileDiff | undefined> => {
    const box = await boxes.get(sessionId, log.summary(sessionId).workspace)
    return prepared.tool.preview?.(prepared.input, widen ? widened(box, widen, beyond) : box)
  }
  return settledWithin(look(), AbortSignal.any([signal, AbortSignal.timeout(MOST_MS)]), 0).catch(() => undefined)
}
