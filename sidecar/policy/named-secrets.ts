import type { NamedSecret } from '../contract/index.ts'
import { type Clock, type Db, OxbowError } from '../foundation/index.ts'

/** Where values are kept, by a name of ours. */
export interface ValueStore {
  get(name: string): string | undefined
  place(name: string): 'keychain' | 'secrets' | 'locked' | undefined
  /** @returns a warning where it is not in the keychain */
  set(name: string, value: string): Promise<string | undefined>
  remove(name: string): Promise<void>
  readonly keeps: { place: 'keychain' | 'secrets'; warning?: string | undefined }
}

/** Secrets by name: which hosts each may go to. A value leaves only through `valueFor`, towards a host that was checked. */
export interface NamedSecrets {
  list(): NamedSecret[]
  readonly keeps: ValueStore['keeps']
  /** @throws OxbowError `egress.rule`, `secrets.noValue` */
  set(secret: { name: string; value?: string | undefined; hosts: readonly string[] }): Promise<{
    secret: NamedSecret
    warning?: string | undefined
  }>
  /** @throws OxbowError `secrets.notFound` */
  remove(name: string): Promise<void>
  /** The value and the hosts it may go to; undefined where there is no such secret. */
  valueFor(name: string): { value: string; hosts: readonly string[] } | undefined
}

interface Row {
  name: string
  hosts: string
  added_at: string
}

/** No provider's id holds a colon, so the two kinds of secrets cannot meet. */
const kept = (name: string): string => `secret:${name}`

export function createNamedSecrets({ db, clock, values }: { db: Db; clock: Clock; values: ValueStore }): NamedSecrets {
  const all = db.prepare<[], Row>('SELECT * FROM named_secrets ORDER BY name')
  const one = db.prepare<[string], Row>('SELECT * FROM named_secrets WHERE name = ?')
  const put = db.prepare(
    'INSERT INTO named_secrets (name, hosts, added_at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET hosts = excluded.hosts',
  )
  const drop = db.prepare('DELETE FROM named_secrets WHERE name = ?')
  const shown = ({ name, hosts, added_at }: Row): NamedSecret => ({
    name,
    hosts: JSON.parse(hosts) as string[],
    place: values.place(kept(name)) ?? 'missing',
    addedAt: added_at,
  })
  return {
    list: () => all.all().map(shown),
    keeps: values.keeps,
    async set({ name, value, hosts }) {
      const { readHostRule, writeHostRule } = await import('./egress/index.ts')
      const read = hosts.map(readHostRule)
      if (read.some(({ methods }) => methods))
        throw new OxbowError(
          'BAD_REQUEST',
          'egress.rule',
          'The hosts of a secret name no methods.',
          'Name the methods where the host is allowed.',
        )
      const rules = [...new Set(read.map(writeHostRule))]
      if (value === undefined && values.place(kept(name)) === undefined) {
        throw new OxbowError('BAD_REQUEST', 'secrets.noValue', `There is no value for "${name}" yet.`, 'Give one with it.')
      }
      const warning = value === undefined ? undefined : await values.set(kept(name), value)
      put.run(name, JSON.stringify(rules), clock.iso())
      return { secret: shown(one.get(name)!), ...(warning !== undefined && { warning }) }
    },
    async remove(name) {
      const known = drop.run(name).changes > 0
      if (values.place(kept(name)) !== undefined) await values.remove(kept(name))
      else if (!known) throw new OxbowError('NOT_FOUND', 'secrets.notFound', `There is no secret "${name}".`)
    },
    valueFor(name) {
      const row = one.get(name)
      const value = row && values.get(kept(name))
      return value === undefined ? undefined : { value, hosts: JSON.parse(row!.hosts) as string[] }
    },
  }
}
