import type { Isolation, PreparationItem } from '../contract/index.ts'
import { OxbowError } from '../foundation/index.ts'
import type { Sandbox } from './sandbox.ts'

/** Lines kept for one who reads slowly; older ones are left out. */
const MOST_LINES = 1000

/** Makes what a tier needs here, one at a time: builds are long and heavy. */
export class Preparations {
  readonly #sandboxes: ReadonlyMap<Isolation, Sandbox>
  #busy: Isolation | undefined

  constructor(sandboxes: ReadonlyMap<Isolation, Sandbox>) {
    this.#sandboxes = sandboxes
  }

  /**
   * What is done, line by line, then what was made. Whoever stops reading ends it.
   * @throws OxbowError `sandbox.nothingToBuild`, `sandbox.building`; while it is read `sandbox.engine`, `sandbox.build`
   */
  begin(tier: Isolation, signal: AbortSignal): AsyncGenerator<PreparationItem> {
    const sandbox = this.#sandboxes.get(tier)
    if (sandbox?.prepare === undefined) {
      const hint = 'Ask `oxbow sandbox list` what it lacks.'
      throw new OxbowError('BAD_REQUEST', 'sandbox.nothingToBuild', `The tier "${tier}" needs nothing that is built.`, hint)
    }
    if (this.#busy !== undefined)
      throw new OxbowError('CONFLICT', 'sandbox.building', `A build for the tier "${this.#busy}" goes on.`, 'Wait for its end.')
    this.#busy = tier
    const items = follow((onProgress, either) => sandbox.prepare!({ onProgress, signal: either }), signal)
    return this.#release(items)
  }

  async *#release(items: AsyncGenerator<PreparationItem>): AsyncGenerator<PreparationItem> {
    try {
      yield* items
    } finally {
      this.#busy = undefined
    }
  }
}

type Work = (onProgress: (line: string) => void, signal: AbortSignal) => Promise<string>

async function* follow(work: Work, signal: AbortSignal): AsyncGenerator<PreparationItem> {
  const left = new AbortController()
  const lines: string[] = []
  let wake = (): void => {}
  const onProgress = (line: string): void => {
    if (lines.push(line) > MOST_LINES) lines.shift()
    wake()
  }
  let over = false
  const made = work(onProgress, AbortSignal.any([signal, left.signal])).finally(() => {
    over = true
    wake()
  })
  made.catch(() => {})
  try {
    for (;;) {
      const line = lines.shift()
      if (line !== undefined) yield { type: 'line', line }
      else if (over) break
      else
        await new Promise<void>((done) => {
          wake = done
        })
    }
    yield { type: 'made', made: await made }
  } finally {
    left.abort()
  }
}
