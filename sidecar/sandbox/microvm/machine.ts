import { existsSync, readlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Widening } from '../../contract/index.ts'
import { findProgram } from '../../foundation/index.ts'
import type { Guard } from '../guards.ts'
import { identityTest } from '../identity.ts'
import type { Image } from './image.ts'
import type { MicrovmSettings } from './settings.ts'

/** What runs the guest's instructions: the processor itself, or QEMU in its place, many times slower. */
export type Accelerator = 'kvm' | 'hvf' | 'tcg'

/** A folder of the host that the guest may mount by its tag. */
export interface Share {
  tag: string
  path: string
  /** What in it holds for QEMU itself. */
  guards: readonly Guard[]
  /** Which folder it must be, where a name may have come to lead to another. */
  identity?: string | undefined
  /** A file in it that the guest sees alone, in place of the folder. */
  only?: Widening | undefined
}

export interface MachineSpec {
  image: Image
  accelerator: Accelerator
  settings: MicrovmSettings
  shares: readonly Share[]
  /** Tells this machine's process from all others. */
  name: string
  /** How fast the clock of an emulated processor ticks. */
  ticksKhz?: number | undefined
  /** Whether it goes on from a state, or in which folder a socket takes its state; absent: neither. */
  state?: 'resumed' | { socketIn: string } | undefined
}

/** The number of the descriptor that leads to the agent. */
export const AGENT_FD = 3
/** The number of the descriptor that its state is read from, or that leads to QEMU's own door. */
export const STATE_FD = 4

/** The socket for a machine's state, as QEMU sees it. @param folder where it is outside */
export const stateSocket = (folder: string, platform: NodeJS.Platform = process.platform): string =>
  platform === 'linux' ? '/state/socket' : join(folder, 'socket')

/** Users of the guest's processes: inside bubblewrap the person appears as this one, so that the workspace is theirs. */
export const GUEST_USER = 1000

export function qemuProgram(arch: NodeJS.Architecture = process.arch): string {
  return arch === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64'
}

/** The program and arguments that start a machine. On Linux QEMU sees nothing of the computer but what it needs. */
export function machineLine(spec: MachineSpec, platform: NodeJS.Platform = process.platform): [program: string, args: string[]] {
  const qemu = findProgram(qemuProgram()) ?? qemuProgram()
  if (platform !== 'linux') {
    return [qemu, qemuArgs(spec, { image: (name) => join(spec.image.folder, name), share: ({ path }) => path }, platform)]
  }
  const inside = { image: (name: string) => `/image/${name}`, share: ({ tag }: Share) => `/share/${tag}` }
  return [findProgram('bwrap') ?? 'bwrap', [...fence(spec), ...tested(spec), qemu, ...qemuArgs(spec, inside, platform)]]
}

interface Places {
  image(name: string): string
  share(share: Share): string
}

function qemuArgs(spec: MachineSpec, places: Places, platform: NodeJS.Platform): string[] {
  const { image, accelerator, settings, shares, name } = spec
  const root = image.root === undefined ? [] : drive(places.image(image.root))
  return [
    ...['-name', name, '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...board(accelerator),
    ...['-m', String(settings.memoryMb), '-smp', String(accelerator === 'tcg' ? 1 : settings.cpus)],
    ...['-kernel', places.image(image.kernel), '-initrd', places.image(image.initramfs)],
    ...['-append', kernelLine(spec)],
    ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ...['-chardev', `socket,id=agent,fd=${AGENT_FD}`],
    ...['-device', 'virtio-serial-device', '-device', 'virtserialport,chardev=agent,name=oxbow'],
    ...['-object', 'rng-random,id=random,filename=/dev/urandom', '-device', 'virtio-rng-device,rng=random'],
    ...stateArgs(spec),
    ...root,
    ...shares.flatMap((share) => [
      '-fsdev',
      // A comma ends a value; doubled it is a part of it.
      `local,id=${share.tag},path=${places.share(share).replaceAll(',', ',,')},security_model=none,multidevs=remap`,
      '-device',
      `virtio-9p-device,fsdev=${share.tag},mount_tag=${share.tag}`,
    ]),
    // QEMU's own seccomp filter: it starts nothing and gains nothing.
    ...(platform === 'linux' ? ['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'] : []),
  ]
}

function stateArgs({ state }: MachineSpec): string[] {
  if (state === undefined) return []
  if (state === 'resumed') return ['-incoming', `fd:${STATE_FD}`]
  return ['-chardev', `socket,id=monitor,fd=${STATE_FD}`, '-mon', 'chardev=monitor,mode=control']
}

function board(accelerator: Accelerator): string[] {
  const cpu = accelerator === 'tcg' ? 'max' : 'host'
  // QEMU works in threads; with one processor a second one for the emulation gains nothing.
  if (process.arch === 'arm64') return ['-M', 'virt,gic-version=max', '-accel', accelerator, '-cpu', cpu]
  const firmware =
    existsSync('/usr/share/qemu/qboot.rom') || existsSync('/usr/share/seabios/qboot.rom') ? ['-bios', 'qboot.rom'] : []
  return ['-M', 'microvm,acpi=on,rtc=on', '-accel', accelerator, '-cpu', cpu, ...firmware]
}

function drive(file: string): string[] {
  return ['-drive', `if=none,id=root,file=${file},format=raw,readonly=on`, '-device', 'virtio-blk-device,drive=root']
}

/** An emulated processor's clock cannot be measured by its kernel on a busy computer, so it is told. */
function kernelLine({ accelerator, ticksKhz }: MachineSpec): string {
  const console = process.arch === 'arm64' ? 'ttyAMA0' : 'ttyS0'
  const clock = accelerator === 'tcg' && ticksKhz !== undefined ? ` tsc_early_khz=${ticksKhz} tsc=reliable` : ''
  return `console=${console} quiet panic=-1 reboot=t${clock}`
}

/** What bubblewrap leaves of the computer: programs and libraries to read, the image, the shared folders. No network, no rights. */
function fence({ image, accelerator, shares, state }: MachineSpec): string[] {
  const system = ['/bin', '/sbin', '/lib', '/lib64', '/lib32'].flatMap((path) => asHere(path))
  return [
    ...['--unshare-all', '--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--clearenv'],
    ...['--uid', String(GUEST_USER), '--gid', String(GUEST_USER), '--hostname', 'microvm'],
    ...['--ro-bind', '/usr', '/usr', ...system, '--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache'],
    ...['--ro-bind-try', '/etc/alternatives', '/etc/alternatives', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
    ...(accelerator === 'kvm' ? ['--dev-bind', '/dev/kvm', '/dev/kvm'] : []),
    ...['--ro-bind', image.folder, '/image'],
    ...shares.flatMap(shared),
    ...(typeof state === 'object' ? ['--bind', state.socketIn, '/state'] : []),
    ...['--remount-ro', '/', '--chdir', '/', '--'],
  ]
}

function shared({ tag, path, guards, only }: Share): string[] {
  const at = `/share/${tag}`
  const bind = (readOnly: boolean, from: string, to: string): string[] => [readOnly ? '--ro-bind' : '--bind', from, to]
  if (only) return ['--tmpfs', at, ...bind(only.use === 'read', only.path, join(at, basename(only.path)))]
  return [...bind(false, path, at), ...guards.flatMap((one) => bind(one.readOnly, one.path, at + one.path.slice(path.length)))]
}

/** A shell that goes on to QEMU only when what was mounted for it is what was looked at. */
function tested({ shares }: MachineSpec): string[] {
  const known = shares.flatMap(({ tag, path, guards, identity }) => {
    const at = `/share/${tag}`
    if (identity === undefined) return []
    return [{ path: at, identity }, ...guards.map((one) => ({ ...one, path: at + one.path.slice(path.length) }))]
  })
  if (known.length === 0) return []
  const exchanged = 'what is guarded in the workspace was exchanged meanwhile'
  return ['/bin/sh', '-c', `${identityTest(known)} || { echo '${exchanged}' >&2; exit 1; }; exec "$@"`, 'sh']
}

/** A folder of the system as it is: a link, or a folder of its own. */
function asHere(path: string): string[] {
  if (!existsSync(path)) return []
  try {
    return ['--symlink', readlinkSync(path), path]
  } catch {
    return ['--ro-bind', path, path]
  }
}
