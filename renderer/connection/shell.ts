import type { ShellApi } from '../../sidecar/contract/index.ts'

declare global {
  interface Window {
    readonly oxbow?: ShellApi
  }
}

/** The desktop shell, or undefined in a browser. */
export const shell = (): ShellApi | undefined => window.oxbow

export const isMac = (): boolean => /mac/i.test(shell()?.platform === 'darwin' ? 'mac' : navigator.platform)

/** Opens a link outside Oxbow. */
export function openLink(url: string): void {
  const desktop = shell()
  if (desktop) void desktop.openExternal(url)
  else window.open(url, '_blank', 'noopener,noreferrer')
}
