import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Clock, type Log, systemClock } from '../foundation/index.ts'
import type { ContainerSettings } from './container/index.ts'
import { createHostSandbox } from './host/host-sandbox.ts'
import type { MicrovmSandboxOptions, MicrovmSettings } from './microvm/index.ts'
import type { PlacesOptions } from './place.ts'
import type { Sandbox } from './sandbox.ts'
import { lazySandbox } from './tiers.ts'
import type { OpenWayOut } from './way-out.ts'

export interface OtherTiersOptions extends PlacesOptions {
  env: NodeJS.ProcessEnv
  log: Pick<Log, 'debug' | 'warn'>
  /** What of the container tier's settings is set. */
  container?: Partial<ContainerSettings>
  /** The way out of boxes that have no network. */
  wayOut?: OpenWayOut
  microvm?: Partial<MicrovmSettings>
  clock?: Clock
}

/** Where the microvm tier keeps what it builds and what runs. */
export const microvmPlaces = (home: string): Pick<MicrovmSandboxOptions, 'images' | 'runFolder' | 'snapshots'> => ({
  images: join(home, 'vm'),
  runFolder: join(home, 'run', 'vm'),
  snapshots: join(home, 'vm', 'snapshots'),
})

/** Every tier but the process tier, each loaded when it is first asked for. */
export function otherTiers({
  container: settings,
  wayOut,
  microvm,
  clock = systemClock,
  ...shared
}: OtherTiersOptions): Sandbox[] {
  return [
    createHostSandbox(shared),
    lazySandbox(
      'container',
      async () => {
        const { CONTAINER_DEFAULTS, createContainerSandbox } = await import('./container/index.ts')
        return createContainerSandbox({
          ...shared,
          settings: { ...CONTAINER_DEFAULTS, ...settings },
          ...(wayOut && { wayOut }),
        })
      },
      (container, how) => container.prepare(how),
    ),
    lazySandbox(
      'microvm',
      async () => {
        const { createMicrovmSandbox } = await import('./microvm/index.ts')
        const saveImage = imagesOf(settings, shared)
        return createMicrovmSandbox({ ...shared, ...microvmPlaces(shared.home), clock, settings: microvm, wayOut, saveImage })
      },
      (sandbox, how) => sandbox.prepare(how),
    ),
  ]
}

/** Images of the container tier's engine, for machines to be made of. */
function imagesOf(
  settings: Partial<ContainerSettings> | undefined,
  { env, personHome = homedir() }: Pick<OtherTiersOptions, 'env' | 'personHome'>,
): NonNullable<MicrovmSandboxOptions['saveImage']> {
  return async (image, file, how) => {
    const { findEngine, saveImage } = await import('./container/index.ts')
    const uid = process.getuid?.()
    const engine = await findEngine({ setting: settings?.host, env, personHome, uid, platform: process.platform })
    await saveImage(engine, image, file, how)
  }
}
