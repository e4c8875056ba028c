import { spawn } from 'node:child_process'

/** True when there is a screen on which a browser could open. */
export function hasDisplay(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): boolean {
  if (platform === 'darwin') return !env.SSH_CONNECTION
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY)
}

/** Opens the link in the person's browser. A failure is no matter: the link stands in the terminal too. */
export function openBrowser(link: string, platform: NodeJS.Platform): void {
  const opener = spawn(platform === 'darwin' ? 'open' : 'xdg-open', [link], { stdio: 'ignore', detached: true })
  opener.on('error', () => {})
  opener.unref()
}
