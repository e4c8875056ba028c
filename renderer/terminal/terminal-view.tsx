import { useEffect, useRef } from 'react'
import type { ProcessId, ProcessInfo } from '../../sidecar/contract/index.ts'
import { useConnection } from '../stores/connection.ts'
import { type Drawn, follow } from './follow.ts'
import { createScreen, type Screen } from './screen.ts'
import { useTerminals } from './store.ts'
import { Typing } from './typing.ts'

const RESIZE_MS = 80
/** Screens that were put away, by their process: shown again at once, and gone on with. */
const MOST_PUT_AWAY = 16
const putAway = new Map<ProcessId, Drawn>()

export const mayType = ({ startedBy, takenOver, ended }: ProcessInfo): boolean => !ended && (startedBy === 'person' || takenOver)

/** One process, drawn. It stays where it is while another tab is shown. */
export function TerminalView({ process, shown, label }: { process: ProcessInfo; shown: boolean; label: string }) {
  const { id } = process
  const pipe = process.terminal === undefined
  const container = useRef<HTMLDivElement>(null)
  const screen = useRef<Screen>(null)
  const place = useRef(0)
  const replaying = useRef(false)
  const latest = useRef(process)
  latest.current = process
  const client = useConnection((store) => store.client)

  useEffect(() => {
    if (!container.current) return
    const made = createScreen(container.current, { pipe })
    screen.current = made
    const before = putAway.get(id)
    putAway.delete(id)
    if (before) {
      replaying.current = true
      void made.write(before.text).then(() => {
        replaying.current = false
      })
    }
    place.current = before?.place ?? 0
    const typing = new Typing(id)
    const onData = made.terminal.onData((keys) => {
      if (replaying.current || !mayType(latest.current)) return
      typing.type(pipe ? keys.replaceAll('\r', '\n') : keys)
      // Nothing at the other end of a pipe shows what is typed.
      if (pipe) void made.write(keys.replaceAll('\r', '\n'))
    })
    return () => {
      onData.dispose()
      keep(id, { text: made.serialize(), place: place.current })
      made.dispose()
      screen.current = null
    }
  }, [id, pipe])
  useEffect(() => screen.current?.name(label), [label])

  useEffect(() => {
    const drawn = screen.current
    if (!client || !drawn) return
    const ending = new AbortController()
    const following = follow(client, id, {
      screen: drawn,
      place: place.current,
      onState: (next) => useTerminals.getState().update(next),
      onPlace: (next) => {
        place.current = next
      },
      onReplay: (next) => {
        replaying.current = next
      },
      signal: ending.signal,
    })
    // A line that broke comes again with another client; a process that is gone leaves the list.
    following.catch(() => {})
    return () => ending.abort()
  }, [client, id])

  useSize(process, { container, screen, shown })

  return (
    <div
      ref={container}
      data-testid="terminal-view"
      data-process={id}
      className={`min-h-0 flex-1 overflow-hidden py-1 pl-2 ${shown ? '' : 'hidden'}`}
    />
  )
}

interface SizeOptions {
  container: React.RefObject<HTMLDivElement | null>
  screen: React.RefObject<Screen | null>
  shown: boolean
}

/** The terminal is as large as its place; one that is only looked at keeps its own size. */
function useSize(process: ProcessInfo, { container, screen, shown }: SizeOptions): void {
  const client = useConnection((store) => store.client)
  const own = mayType(process)
  const { id, terminal: size } = process
  const columns = size?.columns
  const rows = size?.rows
  const sized = size !== undefined
  useEffect(() => {
    if (own || !columns || !rows) return
    screen.current?.terminal.resize(columns, rows)
  }, [own, columns, rows, screen])
  useEffect(() => {
    const [place, drawn] = [container.current, screen.current]
    if (!place || !drawn || !shown || !client || (!own && sized)) return
    let timer: number | undefined
    const tell = (): void => {
      const { cols, rows: lines } = drawn.terminal
      if (own) void client.terminals.resize({ id, columns: Math.max(2, cols), rows: lines }).catch(() => {})
    }
    const observer = new ResizeObserver(() => {
      clearTimeout(timer)
      timer = window.setTimeout(() => {
        drawn.fit()
        tell()
      }, RESIZE_MS)
    })
    drawn.fit()
    tell()
    observer.observe(place)
    if (own) drawn.terminal.focus()
    return () => {
      clearTimeout(timer)
      observer.disconnect()
    }
  }, [client, id, own, sized, shown, container, screen])
}

function keep(id: ProcessId, drawn: Drawn): void {
  putAway.set(id, drawn)
  const oldest = putAway.keys().next().value
  if (putAway.size > MOST_PUT_AWAY && oldest !== undefined) putAway.delete(oldest)
}
