import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createHostSandbox } from '../../../sidecar/sandbox/index.ts'
import type { Kind } from './attack.ts'
import { ATTACKS } from './attacks.ts'
import { perform } from './matrix.ts'
import { createWorld } from './world.ts'

/** Attacks that do no harm beyond their own world. */
const HARMLESS: readonly Kind[] = ['read', 'proc', 'socket', 'pipes', 'direct', 'links', 'hooks', 'startup', 'newcomers', 'disk']

/** The attacks themselves on trial: without isolation each of them must succeed, else what holds in a box proves nothing. */
describe.skipIf(process.platform !== 'linux' || !existsSync('/usr/bin/perl') || existsSync('/workspace'))(
  'without isolation',
  () => {
    it.each(HARMLESS)('the attacks on "%s" succeed', async (kind) => {
      const world = await createWorld()
      const { home, person, env, workspace } = world
      const sandbox = createHostSandbox({ home, tmpRoot: join(home, 'tmp'), personHome: person, env })
      const box = await sandbox.open(workspace)
      try {
        const broken: string[] = []
        for (const attack of ATTACKS.filter((one) => one.kind === kind)) {
          world.renew()
          const how = await attack.broke(world, await perform(attack, world, box))
          if (how !== undefined) broken.push(how)
        }
        expect(broken).not.toEqual([])
      } finally {
        await box.close()
        await sandbox.close()
        world.close()
      }
    })
  },
)
