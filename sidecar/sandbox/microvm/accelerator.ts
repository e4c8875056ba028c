import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { accessSync, constants } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Image } from './image.ts'
import type { Accelerator } from './machine.ts'
import { MICROVM_DEFAULTS } from './settings.ts'
import { bootVm } from './vm.ts'

/** A processor that is really used starts the guest in well under a second. */
const PROBE_MS = 6000
const FILE = 'accelerator.json'

const Remembered = z.object({ boot: z.string(), digest: z.string(), accelerator: z.enum(['kvm', 'hvf', 'tcg']) })

export interface AcceleratorOptions {
  /** `vm` in Oxbow's home. */
  folder: string
  image: Image
  now: number
  platform?: NodeJS.Platform
}

/**
 * What can run a guest here. That `/dev/kvm` is there does not mean that it works, so a guest is started with it once, for a
 * few seconds at most; what came of it is remembered until the computer starts anew.
 */
export async function findAccelerator({
  folder,
  image,
  now,
  platform = process.platform,
}: AcceleratorOptions): Promise<Accelerator> {
  const hardware = hardwareOf(platform)
  if (hardware === undefined) return 'tcg'
  const boot = await bootOfComputer(platform)
  const known = Remembered.safeParse(parsed(await readFile(join(folder, FILE), 'utf8').catch(() => '')))
  if (known.data?.boot === boot && known.data.digest === image.digest) return known.data.accelerator
  const accelerator = (await works(image, hardware, now)) ? hardware : 'tcg'
  await remember(folder, { boot, digest: image.digest, accelerator })
  return accelerator
}

function hardwareOf(platform: NodeJS.Platform): 'kvm' | 'hvf' | undefined {
  if (platform === 'darwin') return 'hvf'
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK)
    return 'kvm'
  } catch {
    return undefined
  }
}

async function works(image: Image, accelerator: 'kvm' | 'hvf', now: number): Promise<boolean> {
  const settings = { ...MICROVM_DEFAULTS, memoryMb: 256, cpus: 1 }
  const spec = { image, accelerator, settings, shares: [], name: `oxbow-probe-${randomUUID()}` }
  try {
    const vm = await bootVm({ spec, now, bootMs: PROBE_MS, mounts: [] })
    await vm.stop()
    return true
  } catch {
    return false
  }
}

/** Changes with each start of the computer. */
async function bootOfComputer(platform: NodeJS.Platform): Promise<string> {
  if (platform === 'linux') return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim()
  return new Promise((done) => {
    execFile('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { timeout: 2000 }, (_error, stdout) => done(stdout.trim()))
  })
}

async function remember(folder: string, what: z.infer<typeof Remembered>): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const next = join(folder, `${FILE}.${randomUUID()}`)
  await writeFile(next, JSON.stringify(what), { mode: 0o600 })
  await rename(next, join(folder, FILE))
}

/** How fast the clock of an emulated processor ticks here; undefined where that need not or cannot be told. */
export function measureTicks(
  { folder, agent }: Image,
  platform: NodeJS.Platform = process.platform,
): Promise<number | undefined> {
  if (platform !== 'linux' || process.arch !== 'x64') return Promise.resolve(undefined)
  return new Promise((done) => {
    execFile(join(folder, agent), ['--ticks'], { timeout: 5000, env: {} }, (error, stdout) => {
      const ticks = Number.parseInt(stdout, 10)
      done(error || !(ticks > 0) ? undefined : ticks)
    })
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
