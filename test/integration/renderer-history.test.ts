import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { useConnection } from '../../renderer/stores/connection.ts'
import { useOpen } from '../../renderer/stores/open-session.ts'
import { follow } from '../fixtures/follow.ts'
import { temporaryFolder } from '../fixtures/log.ts'
import { writeSessions } from '../fixtures/long-session.ts'
import { startSidecarProcess } from '../fixtures/sidecar-process.ts'

const MESSAGES = 10_000

test('a window reads a long conversation back to its first words, each message once', { timeout: 60_000 }, async () => {
  const folder = temporaryFolder()
  const place = { home: join(folder, 'home'), workspace: join(folder, 'home/workspaces/default') }
  mkdirSync(place.workspace, { recursive: true })
  const [session] = writeSessions(place, [MESSAGES])
  const sidecar = await startSidecarProcess(place.home)
  onTestFinished(async () => void (await sidecar.stop()))
  const screen = await follow(sidecar.client, session!)
  onTestFinished(screen.stop)
  useConnection.getState().setClient(sidecar.client)
  useOpen.getState().open(session!)
  useOpen.getState().show(session!, screen.view)
  useOpen.getState().setAtEnd(false)
  for (let held = -1; held !== useOpen.getState().ids.length; ) {
    held = useOpen.getState().ids.length
    await useOpen.getState().loadEarlier()
  }
  const { view, ids } = useOpen.getState()
  expect(view).toMatchObject({ earlier: 0 })
  expect(new Set(ids).size).toBe(MESSAGES)
  expect(view!.messages.map(({ id }) => id)).toEqual(ids)
  expect(JSON.stringify(view!.messages[0]!.parts)).toContain('Question 0?')
  expect(JSON.stringify(view!.messages.at(-1)!.parts)).toContain(`Answer ${MESSAGES / 2 - 1}:`)
  // Back at the newest words, what is far up is let go.
  useOpen.getState().setAtEnd(true)
  useOpen.getState().show(session!, view!)
  expect(useOpen.getState().ids.length).toBeLessThan(1000)
})
