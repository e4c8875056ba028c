import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../../../sidecar/foundation/index.ts'
import type { Egress } from '../../../sidecar/sandbox/egress/index.ts'
import { createProcessSandbox, type Sandbox } from '../../../sidecar/sandbox/index.ts'
import { fixedEgress } from '../../fixtures/egress.ts'
import { attackTier } from './matrix.ts'
import type { World } from './world.ts'

const sandboxes: Sandbox[] = []
const ways: Egress[] = []
const make = ({ home, person, env }: Pick<World, 'home' | 'person' | 'env'>, hosts: boolean): Sandbox => {
  const allowHosts = hosts ? ['example.com'] : []
  const egress = hosts ? fixedEgress(allowHosts) : undefined
  if (egress) ways.push(egress)
  const options = {
    home,
    tmpRoot: join(home, 'tmp'),
    personHome: person,
    env,
    allowHosts,
    egress: egress && (async () => egress),
  }
  const sandbox = createProcessSandbox(options)
  sandboxes.push(sandbox)
  return sandbox
}
const place = mkdtempSync(join(tmpdir(), 'oxbow-probe-'))
const probe = await make({ home: place, person: place, env: process.env }, false).readiness()
rmSync(place, { recursive: true, force: true })

attackTier({
  tier: 'process',
  perl: existsSync('/usr/bin/perl'),
  hosts: findProgram('socat') !== undefined,
  missing: probe.ready ? undefined : probe.reason,
  open: (world, { hosts, wide }) => make(world, hosts).open(world.workspace, wide ? { profile: 'minimal' } : {}),
  close: async () => void (await Promise.all([...sandboxes, ...ways].map((one) => one.close()))),
})
