/** How one box without a network gets out: a socket of the egress proxy, and what its programs must be told. */
export interface WayOut {
  /** The proxy's socket on this computer. */
  socket: string
  /** @param port where programs in the box find the proxy, on their own loopback */
  environment(port: number): Promise<Record<string, string>>
  release(): void
}

/** Makes the way out of a box; undefined: it has none. */
export type OpenWayOut = (box: { workspace: string; tmp: string; session?: string | undefined }) => Promise<WayOut | undefined>

/** Where programs of a box find the proxy, on their own loopback. */
export const PROXY_PORT = 3128
