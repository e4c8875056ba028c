import type { Log } from '../foundation/index.ts'
import { FarWitness } from './far-witness.ts'

const TRY_MS = 15_000
const GRACE_MS = 1_000

export interface PostWitnessOptions {
  url: string
  /** Sends a body. @returns whether it was taken. May throw */
  post(url: string, body: string, signal: AbortSignal): Promise<boolean>
  journal: Pick<Log, 'warn'>
  firstWaitMs?: number
}

/** An address that is told of each checkpoint, by POST of the signed note. */
export class PostWitness extends FarWitness {
  constructor({ url, post, journal, firstWaitMs }: PostWitnessOptions) {
    super({
      path: url,
      deliver: async ([next], signal) => {
        if (!(await post(url, next.note, signal))) throw new Error('it was not taken')
        return 1
      },
      journal,
      tryMs: TRY_MS,
      graceMs: GRACE_MS,
      firstWaitMs,
    })
  }
}
