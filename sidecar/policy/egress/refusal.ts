import { OxbowError } from '../../foundation/index.ts'

/** Why egress said no. The last part of a refusal's code. */
export type RefusalCause =
  | 'name'
  | 'url'
  | 'scheme'
  | 'host'
  | 'port'
  | 'method'
  | 'address'
  | 'workspace'
  | 'secret'
  | 'redirects'
  | 'rule'

/** Something outside that must not be reached. `askable` where a person's yes to this host and port would let it through. */
export class EgressRefusal extends OxbowError {
  readonly host: string
  readonly port: number
  readonly askable: boolean

  constructor(cause: RefusalCause, message: string, at: { host?: string; port?: number; askable?: boolean; hint?: string } = {}) {
    super('FORBIDDEN', `egress.${cause}`, message, at.hint)
    this.host = at.host ?? ''
    this.port = at.port ?? 0
    this.askable = at.askable ?? false
  }
}
