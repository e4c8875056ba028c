import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown } from 'lucide-react'
import { useEffect, useLayoutEffect, useRef } from 'react'
import { useSought } from '../memory/open-turn.ts'
import { MOST_HELD } from '../session/window.ts'
import { useOpen } from '../stores/open-session.ts'
import { MessageRow } from './message-row.tsx'
import { END_PX, useStickToEnd } from './use-stick-to-end.ts'

/** The messages of the open session. Its cost depends on what is on the screen, not on the history. */
export function MessageList() {
  const ids = useOpen((store) => store.ids)
  const earlier = useOpen((store) => store.view?.earlier ?? 0)
  const loading = useOpen((store) => store.loadingEarlier)
  const atEnd = useOpen((store) => store.atEnd)
  const scroller = useRef<HTMLElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const list = useVirtualizer({
    count: ids.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 120,
    getItemKey: (index) => ids[index] ?? index,
    overscan: 4,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: END_PX,
    paddingStart: 16,
    paddingEnd: 24,
  })

  const { look, jump } = useStickToEnd(scroller, content)

  const opened = useRef(false)
  useLayoutEffect(() => {
    if (opened.current || ids.length === 0) return
    opened.current = true
    list.scrollToEnd()
  }, [ids, list])

  // Whoever found a message elsewhere is brought to it.
  const sought = useSought((store) => store.id)
  const marked = useSought((store) => store.marked)
  useEffect(() => {
    const at = sought === null ? -1 : ids.indexOf(sought)
    if (at < 0) return
    useOpen.getState().setAtEnd(false)
    list.scrollToIndex(at, { align: 'start' })
    useSought.setState({ id: null })
  }, [sought, ids, list])

  const total = list.getTotalSize()

  // A window too short to scroll never asks for earlier messages by itself.
  useEffect(() => {
    const box = scroller.current
    if (earlier > 0 && box && box.scrollHeight <= box.clientHeight) void useOpen.getState().loadEarlier()
  }, [earlier])

  const rows = list.getVirtualItems()
  return (
    <div className="relative min-h-0 flex-1">
      <section
        ref={scroller}
        onScroll={look}
        onPointerDown={() => marked !== null && useSought.setState({ marked: null })}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label="Conversation"
        className="scroller h-full overflow-y-auto -outline-offset-2"
      >
        <div ref={content} className="relative w-full" style={{ height: total }}>
          {earlier > 0 && (
            <p className="absolute inset-x-0 top-0 text-center text-xs leading-4 text-faint">
              {loading
                ? 'Loading earlier messages…'
                : `${earlier.toLocaleString()} earlier messages${ids.length >= MOST_HELD ? ', more than this screen holds' : ''}`}
            </p>
          )}
          <div className="absolute inset-x-0 top-0" style={{ transform: `translateY(${rows[0]?.start ?? 0}px)` }}>
            {rows.map((row) => (
              <div key={row.key} data-index={row.index} ref={list.measureElement} className="row flow-root">
                <div className={ids[row.index] === marked ? 'column marked' : 'column'}>
                  {ids[row.index] && <MessageRow id={ids[row.index]!} />}
                </div>
              </div>
            ))}
          </div>
        </div>
      </section>
      {!atEnd && (
        <button
          type="button"
          data-testid="jump-latest"
          className="button absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full shadow-md"
          onClick={jump}
        >
          <ArrowDown size={14} aria-hidden /> Jump to latest
        </button>
      )}
    </div>
  )
}
