/** What one command, or one process that goes on, may use the egress proxy with. */
export interface Pass {
  /** Variables for it, given how it reaches the proxy. */
  environment(seen: { host?: string; port: number }): Promise<Record<string, string>>
  /** Whether something was let through from beyond this computer. */
  readonly carried: boolean
  /** Closes the way out for it. */
  release(): void
}

/** What a pass is for. */
export interface PassWish {
  /** Host rules that a person lent to this command, and to nothing else. */
  lent?: readonly string[] | undefined
  /** It reaches what is allowed now, less what is taken back, and nothing that is allowed later. */
  fixed?: boolean | undefined
  /** What it is refused is no question: a yes would not reach it any more. */
  silent?: boolean | undefined
}

/** How one box without a network gets out: a socket of the egress proxy, and a pass for each of its commands. */
export interface WayOut {
  /** The proxy's socket on this computer. */
  socket: string
  /** @throws when the settings of its workspace are wrong */
  admit(wish: PassWish): Promise<Pass>
}

/** Makes the way out of a box; undefined: it has none. @throws when the settings of its workspace are wrong */
export type OpenWayOut = (box: { workspace: string; tmp: string; session?: string | undefined }) => Promise<WayOut | undefined>

/** Where programs of a box find the proxy, on their own loopback. */
export const PROXY_PORT = 3128
