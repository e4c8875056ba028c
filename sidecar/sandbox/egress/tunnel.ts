import type { Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { bounded } from './forward.ts'
import type { Limits } from './limits.ts'

/** Carries bytes both ways until one side ends, nothing moves any more, or it took too much. Settles when both are closed. */
export async function tunnel(near: Socket, far: Socket, { idleMs, wholeMs, bytes }: Limits): Promise<void> {
  const end = (): void => {
    near.destroy()
    far.destroy()
  }
  const whole = setTimeout(end, wholeMs)
  near.setTimeout(idleMs, end)
  far.setTimeout(idleMs, end)
  near.once('close', () => far.destroy())
  far.once('close', () => near.destroy())
  try {
    await Promise.all([pipeline(near, bounded(bytes), far), pipeline(far, bounded(bytes), near)])
  } catch {
    // Whoever broke off, the other side is told by the close.
  } finally {
    clearTimeout(whole)
    end()
  }
}
