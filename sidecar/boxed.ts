import type { Closing } from './closing.ts'
import type { Ground } from './ground.ts'
import { createIsolation, type IsolationRules } from './isolation.ts'
import { Boxes, type SessionLog } from './kernel/index.ts'
import type { LazyEgress } from './lazy-egress.ts'
import { createPlaces, createProcessSandbox, createTiers, otherTiers, type Places, type Tiers } from './sandbox/index.ts'

/** Where commands run, and what keeps them in. */
export interface Boxed {
  places: Places
  tiers: Tiers
  isolation: IsolationRules
  boxes: Boxes
}

export interface BoxedParts extends Ground {
  egress: LazyEgress
  log: SessionLog
}

export function createBoxed({ home, env, config, clock, journal, egress, log }: BoxedParts, closing: Closing): Boxed {
  const { vault, allowHosts, container, microvm, minFreeMb } = config.sandbox
  const places = { home: home.root, tmpRoot: home.tmp, shared: home.shared, vault, personHome: env.HOME }
  const own = createProcessSandbox({ ...places, allowHosts, egress: egress.open, relays: home.relays })
  const others = otherTiers({ ...places, env, log: journal, container, wayOut: egress.wayOut, microvm, clock })
  const tiers = createTiers([own, ...others], { minFreeMb })
  closing.add('tiers', () => tiers.close())
  const isolation = createIsolation({ tiers, config, log })
  return { places: createPlaces(places), tiers, isolation, boxes: new Boxes({ tiers, ...isolation }) }
}
