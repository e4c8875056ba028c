import { findProgram } from '../../foundation/index.ts'

const MANAGERS: readonly [program: string, line: string][] = [
  ['apt-get', 'sudo apt-get install -y'],
  ['dnf', 'sudo dnf install'],
  ['pacman', 'sudo pacman -S'],
  ['zypper', 'sudo zypper install'],
  ['apk', 'sudo apk add'],
]

/** The line that installs a package on this system. */
export function installLine(packageName: string, platform: NodeJS.Platform, path: string | undefined): string {
  if (platform === 'darwin') return `brew install ${packageName === 'chromium' ? '--cask chromium' : packageName}`
  const line = MANAGERS.find(([program]) => findProgram(program, path) !== undefined)?.[1]
  return line === undefined ? `Install the package ${packageName}.` : `${line} ${packageName}`
}
