import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { AllowList, SecretSource } from '../../policy/egress/index.ts'

/** Whose traffic it is, and what it may reach. Asked for each connection, so that a yes counts at once. */
export interface GuestOptions {
  session?: string | undefined
  workspace: string
  list(): Promise<AllowList>
  secrets?: SecretSource | undefined
  /** What it is refused is no question. */
  silent?: boolean | undefined
}

export interface Guest extends GuestOptions {
  readonly id: string
  readonly password: string
  /** Whether the box trusts our certificates. */
  intercepts: boolean
  /** Connections that are open now. */
  open: number
  /** Whether something was let through from beyond this computer. */
  carried: boolean
}

/** Who may use the proxy: each command of a box by a name and a password that only it was told. */
export class Guests {
  readonly #known = new Map<string, Guest>()

  admit(options: GuestOptions): Guest {
    const id = `box-${randomBytes(6).toString('hex')}`
    const guest = { ...options, id, password: randomBytes(24).toString('base64url'), intercepts: false, open: 0, carried: false }
    this.#known.set(id, guest)
    return guest
  }

  dismiss({ id }: Guest): void {
    this.#known.delete(id)
  }

  /** By what a `Proxy-Authorization` header says. */
  byHeader(header: string | undefined): Guest | undefined {
    const basic = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1]
    if (basic === undefined) return undefined
    const [, id, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(basic, 'base64').toString()) ?? []
    return id === undefined || password === undefined ? undefined : this.by(id, password)
  }

  by(id: string, password: string): Guest | undefined {
    const guest = this.#known.get(id)
    return guest && timingSafeEqual(digest(guest.password), digest(password)) ? guest : undefined
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
