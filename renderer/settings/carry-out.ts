import type { Client } from '../../sidecar/contract/index.ts'
import { attempt } from '../actions.ts'
import { online } from '../stores/connection.ts'

/** Carries out a change, and asks anew for what is shown, which may be old where it failed. @returns whether it was done */
export async function carryOut(again: () => void, work: (client: Client) => Promise<unknown>): Promise<boolean> {
  const done = await attempt(async () => {
    await work(online())
    return true
  })
  again()
  return done ?? false
}
