import { applyDelta, applyEvent, type SessionView, type WatchItem } from '../../sidecar/contract/index.ts'
import { renew } from './window.ts'

/** Folds watch items into a view. @throws RangeError when the log has a gap */
export function foldItems(view: SessionView | null, items: readonly WatchItem[]): SessionView | null {
  let folded = view
  for (const item of items) {
    if (item.type === 'snapshot') {
      folded = renew(folded, item.view)
      continue
    }
    if (!folded) continue
    for (const event of item.events) folded = applyEvent(folded, event)
    for (const delta of item.deltas) folded = applyDelta(folded, delta)
  }
  return folded
}

interface Batch {
  push(item: WatchItem): void
  stop(): void
}

/** Items held before they are folded at once, whatever the screen does. */
const MOST = 256

/** Collects watch items and hands them on at most once per animation frame; a hidden page, which has no frames, every 500 ms. */
export function frameBatch(flush: (items: readonly WatchItem[]) => void): Batch {
  let items: WatchItem[] = []
  let frame = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const clear = () => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
    frame = 0
  }
  const run = () => {
    clear()
    const due = items
    items = []
    if (due.length > 0) flush(due)
  }
  return {
    push(item) {
      items.push(item)
      if (items.length >= MOST) return run()
      if (frame !== 0) return
      frame = requestAnimationFrame(run)
      timer = setTimeout(run, 500)
    },
    stop() {
      clear()
      items = []
    },
  }
}
