/** Exit codes of every command. */
export const EXIT = { done: 0, failed: 1, usage: 2, refused: 3, cancelled: 130 } as const

export type Ending = 'completed' | 'failed' | 'cancelled' | 'interrupted'

/**
 * The exit code of a turn. A turn that came to its end although a call was refused is done, unless the person asked
 * to be told of refusals (`--exit-code`).
 */
export function turnExit(turn: { status: Ending; refused: boolean }, tellRefusals: boolean): number {
  if (turn.status === 'cancelled') return EXIT.cancelled
  if (turn.status !== 'completed') return EXIT.failed
  return turn.refused && tellRefusals ? EXIT.refused : EXIT.done
}

/** The exit code of an error, by the class of the contract it belongs to. */
export function errorExit(kind: string | undefined): number {
  return kind === 'BAD_REQUEST' || kind === 'NOT_FOUND' ? EXIT.usage : EXIT.failed
}
