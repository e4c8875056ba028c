import type { Log } from '../foundation/index.ts'
import type { ContainerSandboxOptions, ContainerSettings } from './container/index.ts'
import { createHostSandbox } from './host/host-sandbox.ts'
import type { PlacesOptions } from './place.ts'
import type { Sandbox } from './sandbox.ts'
import { lazySandbox } from './tiers.ts'

export interface OtherTiersOptions extends PlacesOptions {
  env: NodeJS.ProcessEnv
  log: Pick<Log, 'debug' | 'warn'>
  /** What of the container tier's settings is set. */
  container?: Partial<ContainerSettings>
  wayOut?: ContainerSandboxOptions['wayOut']
}

/** Every tier but the process tier, each loaded when it is first asked for. */
export function otherTiers({ container: settings, wayOut, ...shared }: OtherTiersOptions): Sandbox[] {
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
  ]
}
