import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Box, Exit } from '../../../sidecar/sandbox/index.ts'
import { type Attack, KINDS, type Kind } from './attack.ts'
import { ATTACKS } from './attacks.ts'
import { GAPS, type Tier } from './gaps.ts'
import { createWorld, type Result, type World } from './world.ts'

/** A tier to attack. */
export interface Subject {
  tier: Tier
  /** Why it cannot run here. */
  missing?: string | undefined
  /** Whether perl runs in its boxes. */
  perl: boolean
  /** Whether its boxes can have a way out here. */
  hosts: boolean
  open(world: World, options: { hosts: boolean; wide: boolean }): Promise<Box>
  close(): Promise<void>
}

/** Runs every attack of the table against a real box, kind by kind. */
export function attackTier(subject: Subject): void {
  const { tier } = subject
  const missing = process.platform === 'linux' ? subject.missing : 'the attacks are written for Linux'
  if (missing !== undefined) console.warn(`Attacks on the ${tier} tier skipped: ${missing}.`)

  describe.skipIf(missing !== undefined)(`the ${tier} tier`, () => {
    let world: World
    const boxes: Partial<Record<'plain' | 'hosts' | 'wide', Promise<Box>>> = {}
    const boxFor = ({ hosts, wide }: Attack): Promise<Box> => {
      const name = hosts ? 'hosts' : wide ? 'wide' : 'plain'
      boxes[name] ??= subject.open(world, { hosts: hosts === true, wide: wide === true })
      return boxes[name]
    }

    beforeAll(async () => {
      world = await createWorld()
    })
    afterAll(async () => {
      await Promise.all(Object.values(boxes).map(async (box) => (await box).close()))
      await subject.close()
      world?.close()
    })

    for (const kind of Object.keys(KINDS) as Kind[]) {
      const gap = GAPS[tier][kind]
      const attacks = ATTACKS.filter(
        (attack) => attack.kind === kind && (subject.perl || !attack.perl) && (subject.hosts || !attack.hosts),
      )
      it.skipIf(attacks.length === 0)(`${gap === undefined ? 'holds' : 'does not hold'}: ${KINDS[kind]}`, async () => {
        const broken: string[] = []
        for (const attack of attacks) {
          world.renew()
          const result = await perform(attack, world, await boxFor(attack))
          expect(result.output, `"${attack.title}" did not get as far as to attack`).toContain('TRIED')
          const how = await attack.broke(world, result)
          if (how !== undefined) broken.push(`${attack.title}: ${how}`)
        }
        if (gap === undefined) expect(broken).toEqual([])
        else expect(broken, `it is held, so the gap "${gap}" should go`).not.toEqual([])
      })
    }
  })
}

/** Runs one attack in a box, and what the sidecar does meanwhile. */
export async function perform(attack: Attack, world: World, box: Box): Promise<Result> {
  const stop = new AbortController()
  let output = ''
  let bytes = 0
  const before = process.memoryUsage.rss()
  let peak = before
  let meanwhile: Promise<void> | undefined
  const run = (command: string): Promise<Exit> =>
    box.run({
      command,
      cwd: world.workspace,
      timeoutMs: attack.timeoutMs ?? 20_000,
      signal: stop.signal,
      onOutput(text) {
        bytes += text.length
        output = output.length < 50_000 ? output + text : output
        peak = Math.max(peak, process.memoryUsage.rss())
        if (attack.during && output.includes('TRIED')) meanwhile ??= attack.during(world, box).finally(() => stop.abort())
      },
    })
  const first = await run(attack.command(world))
  const exit = attack.next ? await run(attack.next(world)) : first
  await meanwhile
  return { ...exit, output, bytes, grown: peak - before }
}
