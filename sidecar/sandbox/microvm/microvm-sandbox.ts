import { randomUUID } from 'node:crypto'
import { isAbsolute } from 'node:path'
import { BUILD_COMMANDS } from '../../contract/index.ts'
import { type Clock, findProgram, type Log, OxbowError } from '../../foundation/index.ts'
import { GUEST_PARTS } from '../guest-parts.ts'
import { createPlaces, type PlacesOptions } from '../place.ts'
import type { Box, Preparation, Readiness, Sandbox } from '../sandbox.ts'
import { unavailable } from '../tiers.ts'
import type { OpenWayOut } from '../way-out.ts'
import { findAccelerator, measureTicks } from './accelerator.ts'
import { type BuildVmOptions, buildVm, madeOf, type SaveImage } from './build.ts'
import { type Image, loadImage, partsDigest } from './image.ts'
import { type Accelerator, type MachineSpec, qemuProgram } from './machine.ts'
import { createMicrovmBox, type MachineWish } from './microvm-box.ts'
import { RunningMachines } from './orphans.ts'
import { MICROVM_DEFAULTS, type MicrovmSettings } from './settings.ts'
import { Snapshots } from './snapshots.ts'
import { type BootOptions, bootVm, type StateToKeep, type Vm } from './vm.ts'

/** How long a machine may take to start. An emulated one on a busy computer is slow. */
const BOOT_MS = { hardware: 20_000, emulated: 90_000 }
/** How long one may take to go on from a state. */
const RESUME_MS = 20_000

export interface MicrovmSandboxOptions extends PlacesOptions {
  /** Where images are built, `vm` in Oxbow's home. */
  images: string
  /** Where running machines are noted. */
  runFolder: string
  /** Where states of machines that came up are kept, for others to go on from. */
  snapshots: string
  clock: Clock
  log?: Pick<Log, 'warn'> | undefined
  settings?: Partial<MicrovmSettings> | undefined
  /** The way out of a box; undefined: it has no network at all. Absent: no box has one. */
  wayOut?: OpenWayOut | undefined
  /** Where container images come from. Absent: from nowhere. */
  saveImage?: SaveImage | undefined
  platform?: NodeJS.Platform
  /** What runs the guests, where it need not be found out. */
  accelerator?: Accelerator | undefined
}

export interface MicrovmSandbox extends Sandbox {
  readonly tier: 'microvm'
  /** Builds the image that boxes opened from now on start from. @throws OxbowError `sandbox.build` */
  prepare(how: Preparation): Promise<string>
}

interface Found {
  image: Image
  accelerator: Accelerator
  ticksKhz: number | undefined
}

type Refusal = Extract<Readiness, { ready: false }>
type Look = { found: Found } | { refusal: Refusal }

/** Boxes that are small computers of their own: QEMU with a kernel of ours, the workspace shared, and no network device. */
export function createMicrovmSandbox(options: MicrovmSandboxOptions): MicrovmSandbox {
  const { images, clock, platform = process.platform } = options
  const settings = { ...MICROVM_DEFAULTS, ...options.settings }
  const places = createPlaces(options)
  const running = new RunningMachines(options.runFolder)
  const snapshots = new Snapshots(options.snapshots)
  const now = (): Date => new Date(clock.iso())
  let known: Promise<Look> | undefined
  let swept: Promise<number> | undefined

  const look = async (): Promise<Look> => {
    const missing = missingProgram(platform)
    if (missing !== undefined) return { refusal: missing }
    const image = await loadImage(images, await partsDigest(GUEST_PARTS), madeOf(rootOf(settings)))
    if ('reason' in image) return { refusal: { ready: false, reason: image.reason, mend: BUILD_COMMANDS.microvm } }
    const accelerator =
      options.accelerator ?? (await findAccelerator({ folder: images, ...image, now: now().getTime(), platform }))
    const ticksKhz = accelerator === 'tcg' ? await measureTicks(image.image, platform) : undefined
    return { found: { ...image, accelerator, ticksKhz } }
  }

  const looked = async (): Promise<Look> => {
    known ??= look()
    const asked = known
    const answer = await asked.catch((error) => {
      if (known === asked) known = undefined
      throw error
    })
    // A failure is not remembered: what is missing may be installed or built while we run.
    if ('refusal' in answer && known === asked) known = undefined
    return answer
  }

  /** @throws OxbowError `sandbox.unavailable` */
  const found = async (): Promise<Found> => {
    const answer = await looked()
    if ('refusal' in answer) throw unavailable(answer.refusal)
    return answer.found
  }

  const startMachine = async ({ shares, mounts, socket, signal }: MachineWish): Promise<Vm> => {
    const parts = await found()
    swept ??= running.sweep()
    await swept
    const name = `oxbow-vm-${randomUUID()}`
    const bootMs = parts.accelerator === 'tcg' ? BOOT_MS.emulated : BOOT_MS.hardware
    const spec = { ...parts, settings, shares, name }
    let noted: Promise<void> = Promise.resolve()
    const forget = (): Promise<void> => noted.catch(() => {}).then(() => running.forget(name))
    const onSpawn = (pid: number): void => {
      noted = running.note(name, pid)
      noted.catch(() => {})
    }
    const boot = (state: BootOptions['state'], ms: number): Promise<Vm> =>
      bootVm({ spec, now: now().getTime(), bootMs: ms, mounts, socket, state, signal, onSpawn })
    try {
      const vm = (await resumed(spec, signal, boot)) ?? (await boot(await toBeKept(spec, signal), bootMs))
      void vm.ended.then(forget)
      return vm
    } catch (error) {
      await forget()
      throw error
    }
  }

  /** A machine that goes on from a state; where there is none, or it cannot, undefined. */
  const resumed = async (
    spec: MachineSpec,
    signal: AbortSignal,
    boot: (state: BootOptions['state'], ms: number) => Promise<Vm>,
  ): Promise<Vm | undefined> => {
    const from = await snapshots.find(spec)
    if (from === undefined) return undefined
    try {
      return await boot({ from }, RESUME_MS)
    } catch (error) {
      signal.throwIfAborted()
      options.log?.warn({ err: error }, 'a microvm could not go on from a state that was kept, and starts from the beginning')
      await snapshots.giveUp(spec)
      return undefined
    }
  }

  /** Where the first of its kind writes its state. */
  const toBeKept = async (spec: MachineSpec, signal: AbortSignal): Promise<StateToKeep | undefined> => {
    const to = await snapshots.place(spec)
    if (to === undefined) return undefined
    return {
      to,
      written: (what) => snapshots.keep(spec, to, what),
      failed: async (error) => {
        if (signal.aborted) return
        options.log?.warn({ err: error }, 'the state of a microvm could not be kept: the next start from the beginning, too')
        await snapshots.giveUp(spec)
      },
    }
  }

  return {
    tier: 'microvm',
    async readiness() {
      const answer = await looked()
      if ('refusal' in answer) return answer.refusal
      return answer.found.accelerator === 'tcg' ? { ready: true, warning: EMULATED } : { ready: true }
    },
    async open(path, { session } = {}): Promise<Box> {
      await found()
      const place = await places.open(path)
      const way = await options
        .wayOut?.({ workspace: place.workspace, tmp: place.tmp, session })
        .catch(async (error: unknown) => {
          await place.close()
          throw error
        })
      return createMicrovmBox(place, { startMachine, way, canWiden: platform === 'linux' })
    },
    async prepare(how) {
      const manifest = await buildVm({ ...how, ...wishOf(settings), saveImage: options.saveImage, folder: images, now: now() })
      known = undefined
      return manifest.digest
    },
    close: async () => {},
  }
}

/** What the settings ask an image to be made of. @throws OxbowError `sandbox.build` */
function wishOf({ kernel, modules, busybox, ...of }: MicrovmSettings): Pick<BuildVmOptions, 'root' | 'kernel' | 'busybox'> {
  if ((kernel === undefined) !== (modules === undefined)) {
    const hint = 'Set both sandbox.microvm.kernel and sandbox.microvm.modules.'
    throw new OxbowError('BAD_REQUEST', 'sandbox.build', 'A kernel and the folder of its modules go together.', hint)
  }
  return {
    root: rootOf(of),
    busybox,
    ...(kernel !== undefined && modules !== undefined && { kernel: { kernel, modules } }),
  }
}

/** What is no path is the name of an image. */
function rootOf({ root, packages }: Pick<MicrovmSettings, 'root' | 'packages'>): BuildVmOptions['root'] {
  if (root === undefined) return packages === undefined ? undefined : { packages }
  if (root === 'none') return root
  return isAbsolute(root) ? { path: root } : { image: root }
}

const EMULATED =
  'the processor cannot run guests here (no usable KVM), so they are emulated: programs in them take many times as long'

function missingProgram(platform: NodeJS.Platform): Refusal | undefined {
  const qemu = qemuProgram()
  const brew = platform === 'darwin'
  if (platform !== 'linux' && platform !== 'darwin') {
    return { ready: false, reason: `there are no microvms on ${platform}`, mend: 'Use Linux or macOS.' }
  }
  if (findProgram(qemu) === undefined) {
    const apt = `sudo apt-get install ${process.arch === 'arm64' ? 'qemu-system-arm' : 'qemu-system-x86'}`
    return { ready: false, reason: `${qemu} is not installed`, mend: brew ? 'brew install qemu' : apt }
  }
  if (platform === 'linux' && findProgram('bwrap') === undefined) {
    return {
      ready: false,
      reason: 'bubblewrap, which QEMU itself runs in, is not installed',
      mend: 'sudo apt-get install bubblewrap',
    }
  }
  return undefined
}
