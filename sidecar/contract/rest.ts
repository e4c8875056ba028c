import type { TurnState } from './view.ts'

const AT_REST: readonly TurnState[] = ['completed', 'failed', 'cancelled', 'interrupted']

/** True when a turn has ended, well or not. */
export const atRest = (state: TurnState): boolean => AT_REST.includes(state)
