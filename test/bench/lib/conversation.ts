import { atRest, type Client, type Mode, type SessionId } from '../../../sidecar/contract/index.ts'
import { follow, say } from '../../fixtures/follow.ts'

const MOST_MS = 120_000

/** A session as a window has it: watched, and spoken to. */
export interface Conversation {
  /** Sends words and waits until the turn they started is shown as ended. @returns milliseconds @throws Error when it failed */
  turn(words: string): Promise<number>
  close(): void
}

export async function converse(client: Client, workspace: string, mode: Mode = 'ask'): Promise<Conversation> {
  const { id } = await client.sessions.create({ workspace, mode })
  return conversation(client, id)
}

export async function conversation(client: Client, id: SessionId): Promise<Conversation> {
  const screen = await follow(client, id)
  return {
    close: screen.stop,
    async turn(words) {
      const began = performance.now()
      const { messageId } = await say(client, id, words)
      const ended = await screen.until(
        `the end of the turn of "${words}"`,
        ({ turn, messages, queue }) =>
          turn !== undefined && atRest(turn.state) && queue.length === 0 && messages.some((message) => message.id === messageId),
        MOST_MS,
      )
      const took = performance.now() - began
      if (ended.turn?.state !== 'completed') throw new Error(`the turn ended badly: ${JSON.stringify(ended.turn)}`)
      return took
    },
  }
}
