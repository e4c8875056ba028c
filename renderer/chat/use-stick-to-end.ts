import { type RefObject, useEffect, useRef } from 'react'
import { useOpen } from '../stores/open-session.ts'

/** Nearer to the end than this counts as reading the newest; nearer to the beginning asks for earlier messages. */
export const END_PX = 48
const EARLIER_PX = 400

/**
 * Keeps a scrolled box at its end while it or its content changes height, until the person scrolls up.
 * Only a move upwards that no change of height explains is the person's.
 */
export function useStickToEnd(scroller: RefObject<HTMLElement | null>, content: RefObject<HTMLElement | null>) {
  const last = useRef({ top: 0, height: 0, box: 0 })

  useEffect(() => {
    const box = scroller.current
    const inner = content.current
    if (!box || !inner) return
    const observer = new ResizeObserver(() => {
      if (useOpen.getState().atEnd) box.scrollTop = box.scrollHeight
    })
    observer.observe(box)
    observer.observe(inner)
    return () => observer.disconnect()
  }, [scroller, content])

  const look = () => {
    const box = scroller.current
    if (!box) return
    const { top, height, box: boxHeight } = last.current
    const { scrollTop, scrollHeight, clientHeight } = box
    last.current = { top: scrollTop, height: scrollHeight, box: clientHeight }
    if (scrollHeight - scrollTop - clientHeight <= END_PX) useOpen.getState().setAtEnd(true)
    else if (scrollTop < top && scrollHeight >= height && clientHeight === boxHeight) useOpen.getState().setAtEnd(false)
    if (scrollTop < EARLIER_PX) void useOpen.getState().loadEarlier()
  }

  const jump = () => {
    useOpen.getState().setAtEnd(true)
    const box = scroller.current
    if (box) box.scrollTop = box.scrollHeight
  }
  return { look, jump }
}
