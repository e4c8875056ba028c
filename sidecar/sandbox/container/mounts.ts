import { join, relative } from 'node:path'
import type { MountSettings } from 'dockerode'
import type { Widening } from '../../contract/index.ts'
import type { Guard } from '../guards.ts'
import { identityOf, type Known } from '../identity.ts'
import type { Place } from '../place.ts'
import { virtualRoots } from '../roots.ts'

/** The person's home in a container: empty, in memory, gone with it. */
export const HOME = '/home/oxbow'
/** Where the socket of the way out is. */
export const SOCKET = '/run/oxbow/egress.sock'
const MB = 2 ** 20

export interface Mounts {
  binds: MountSettings[]
  /** Folders in memory, with the options of mount. */
  memory: Record<string, string>
  /** What must stand where in the container, first the box's temp folder, which nobody can exchange. */
  known: Known[]
}

/**
 * All that a container sees of this computer: the box's folders, each under its real path and under the name it has in every
 * tier, and one more file where a person allowed it. What decides what shells and git run is read-only under both; `.git` is a mount of its own, so that it cannot be moved away.
 */
export function mountsOf(
  place: Place,
  guards: readonly Guard[],
  owner: { uid: number; gid: number },
  socket: string | undefined,
  widen?: Widening,
): Mounts {
  const roots = virtualRoots(place)
  const folders = [place.workspace, place.tmp, ...(place.shared === undefined ? [] : [place.shared])]
  const pairs = [...folders.map((real) => ({ at: real, real })), ...roots.map(({ name, real }) => ({ at: name as string, real }))]
  const seen = pairs.filter(({ real }) => real === place.workspace).map(({ at }) => at)
  const guarded = seen.flatMap((at) => guards.map((guard) => ({ ...guard, at: join(at, relative(place.workspace, guard.path)) })))
  const binds = [
    ...pairs.map(({ at, real }) => bind(real, at, false)),
    ...guarded.map(({ path, at, readOnly }) => bind(path, at, readOnly)),
  ]
  const known = [
    { path: place.tmp, identity: identityOf(place.tmp) ?? '' },
    ...seen.map((path) => ({ path, identity: place.ward.workspace.identity })),
    ...guarded.map(({ at, identity }) => ({ path: at, identity })),
  ]
  if (socket !== undefined) binds.push(bind(socket, SOCKET, true))
  if (widen !== undefined) binds.push(bind(widen.path, widen.path, widen.use === 'read'))
  const user = `uid=${owner.uid},gid=${owner.gid}`
  const memory: Record<string, string> = {
    [HOME]: `rw,exec,nosuid,nodev,size=${512 * MB},mode=0700,${user}`,
    '/var/tmp': `rw,nosuid,nodev,size=${64 * MB},mode=1777`,
    '/run': `rw,noexec,nosuid,nodev,size=${16 * MB},mode=0755`,
  }
  if (!roots.some(({ name }) => name === '/tmp')) memory['/tmp'] = `rw,exec,nosuid,nodev,size=${512 * MB},mode=1777`
  return { binds, memory, known }
}

const bind = (source: string, target: string, readOnly: boolean): MountSettings => ({
  Type: 'bind',
  Source: source,
  Target: target,
  ReadOnly: readOnly,
  BindOptions: { Propagation: 'rprivate' },
})
