import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { CONTAINER_DEFAULTS, createContainerSandbox } from '../../sidecar/sandbox/container/index.ts'
import { type Box, createHostSandbox, createProcessSandbox, createTiers, type Sandbox } from '../../sidecar/sandbox/index.ts'
import { testImage } from '../fixtures/container-image.ts'
import { openMicrovms, testVm } from '../fixtures/microvm.ts'

const MB = 2 ** 20
const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-disk-')))
const [home, volume] = [join(root, 'oxbow'), join(root, 'volume')]
const places = { home, tmpRoot: join(home, 'tmp'), personHome: join(root, 'person') }
for (const folder of [home, volume, places.personHome]) mkdirSync(folder)

/** A small volume of its own, so that nothing else is on it. */
const mounted = mount()
if (mounted !== undefined) console.warn(`Tests of a full disk skipped: ${mounted}.`)
afterAll(() => {
  if (mounted === undefined) execFileSync('umount', ['--lazy', volume], { stdio: 'ignore' })
  rmSync(root, { recursive: true, force: true })
})

function mount(): string | undefined {
  if (process.platform !== 'linux') return 'the small volume is made by Linux'
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96m,mode=0755', 'oxbow-test', volume], { stdio: 'pipe' })
    return undefined
  } catch {
    return 'no volume may be mounted here'
  }
}

const [container, vm] = mounted === undefined ? await Promise.all([testImage(), testVm()]) : []
const log = { debug() {}, warn() {} }
const sandboxes: Partial<Record<'process' | 'host' | 'container' | 'microvm', () => Sandbox>> = {
  process: () => createProcessSandbox({ ...places, allowHosts: [] }),
  host: () => createHostSandbox({ ...places, env: process.env }),
  ...(container?.image !== undefined && {
    container: () =>
      createContainerSandbox({ ...places, settings: { ...CONTAINER_DEFAULTS, image: container.image, memoryMb: 256 }, log }),
  }),
  ...(vm?.images !== undefined && { microvm: () => openMicrovms(vm.images, places) }),
}

/** Fills what is left of the volume step by step, and never ends by itself. */
const FLOOD = 'n=0; while :; do dd if=/dev/zero of=flood$n bs=512k count=1 2>/dev/null; n=$((n + 1)); sleep 0.1; done'

describe.skipIf(mounted !== undefined).each(Object.keys(sandboxes) as (keyof typeof sandboxes)[])('the %s tier', (tier) => {
  const workspace = join(volume, 'workspace')
  let box: Box
  const within = async (minFreeMb: number, act: () => Promise<void>): Promise<void> => {
    const sandbox = sandboxes[tier]!()
    const tiers = createTiers([sandbox], { minFreeMb })
    const ready = await sandbox.readiness()
    if (!ready.ready) return console.warn(`A full disk in the ${tier} tier skipped: ${ready.reason}.`)
    box = await tiers.open(tier, workspace)
    try {
      await act()
    } finally {
      await box.close()
      await tiers.close()
    }
  }
  const run = async (command: string) => {
    let output = ''
    const onOutput = (text: string): void => {
      output += text
    }
    const exit = await box.run({ command, cwd: workspace, timeoutMs: 60_000, signal: new AbortController().signal, onOutput })
    return { ...exit, output }
  }
  beforeEach(() => {
    if (existsSync(workspace)) rmSync(workspace, { recursive: true })
    mkdirSync(workspace)
    writeFileSync(join(workspace, 'there'), Buffer.alloc(86 * MB))
  })

  it('ends a command that fills the disk, before it is full; the next one runs', async () => {
    // 5 % of 96 MB are 4.8 MB.
    await within(1024, async () => {
      expect(await run('echo small > file; echo fine')).toMatchObject({ reason: 'exit', output: 'fine\n' })
      const flood = await run(FLOOD)
      expect(flood).toMatchObject({ reason: 'disk' })
      // Who did not take it is not ended for it.
      expect(await run('sleep 0.5; rm -f flood*; echo freed')).toMatchObject({ reason: 'exit', output: 'freed\n' })
    })
  }, 150_000)

  it.runIf(tier === 'process')(
    'ends what goes on in the background as well',
    async () => {
      await within(1024, async () => {
        const { exit } = await box.start({ command: FLOOD, cwd: workspace, onOutput() {} })
        expect(await exit).toMatchObject({ reason: 'disk' })
      })
    },
    150_000,
  )
})
