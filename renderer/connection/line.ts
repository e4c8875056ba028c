import type { Client } from '../../sidecar/contract/index.ts'

/** Why a line ended: lost lines are dialled again, refused ones need a new token. */
export type LineEnd = 'lost' | 'refused'

/** One open way to the sidecar. */
export interface Line {
  readonly client: Client
  /** Settles once, when the line can carry no more. */
  readonly ended: Promise<LineEnd>
  close(): void
}

/** Opens lines; one at a time. */
export interface Dialer {
  /** @throws LineRefused when the token is missing or wrong; any other error means: try again later */
  dial(signal: AbortSignal): Promise<Line>
}

export class LineRefused extends Error {
  override name = 'LineRefused'
}
