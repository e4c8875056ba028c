import type { Client, ProcessId, ProcessInfo } from '../../sidecar/contract/index.ts'
import type { Screen } from './screen.ts'

/** What of a process was drawn already, so that it can be gone on with. */
export interface Drawn {
  /** Text that draws it again. */
  text: string
  /** Characters of output that are in it. */
  place: number
}

interface FollowOptions {
  screen: Screen
  /** Where to go on. */
  place: number
  onState(process: ProcessInfo): void
  onPlace(place: number): void
  /** While what is old is drawn, the terminal must not answer its questions again. */
  onReplay(replaying: boolean): void
  signal: AbortSignal
}

/** Draws the output of a process from a place on, until it ends or the signal aborts. */
export async function follow(client: Client, id: ProcessId, options: FollowOptions): Promise<void> {
  const { screen, onState, onPlace, onReplay, signal } = options
  let { place } = options
  let old: number | undefined
  onReplay(true)
  try {
    for await (const item of await client.terminals.watch({ id, from: place }, { signal })) {
      if (item.type === 'state') {
        old ??= item.process.kept.to
        onState(item.process)
      } else {
        if (item.offset > place)
          await screen.write(`\r\n\x1b[2m… ${item.offset - place} characters are not kept any more …\x1b[0m\r\n`)
        await screen.write(item.text)
        place = item.offset + item.text.length
        onPlace(place)
      }
      if (old !== undefined && place >= old) onReplay(false)
    }
  } finally {
    onReplay(false)
  }
}
