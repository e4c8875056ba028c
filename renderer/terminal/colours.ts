import type { ITheme } from '@xterm/xterm'

/** The colours of the window, resolved for the theme that is on. */
export function colours(): ITheme {
  const probe = document.body.appendChild(document.createElement('span'))
  const resolved = (name: string): string => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  }
  const ink = resolved('--ink')
  const theme = {
    background: resolved('--page'),
    foreground: ink,
    cursor: resolved('--accent'),
    cursorAccent: resolved('--page'),
    selectionBackground: `${hex(resolved('--accent'))}47`,
    black: resolved('--ink'),
    brightBlack: resolved('--faint'),
    red: resolved('--bad'),
    brightRed: resolved('--bad'),
    green: resolved('--ok'),
    brightGreen: resolved('--ok'),
    yellow: resolved('--warn'),
    brightYellow: resolved('--warn'),
    blue: resolved('--syntax-token-function'),
    brightBlue: resolved('--syntax-token-function'),
    magenta: resolved('--syntax-token-constant'),
    brightMagenta: resolved('--syntax-token-constant'),
    cyan: resolved('--accent'),
    brightCyan: resolved('--accent'),
    white: resolved('--soft'),
    brightWhite: ink,
  }
  probe.remove()
  return theme
}

/** `rgb(1, 2, 3)` as `#010203`. */
function hex(rgb: string): string {
  const parts = rgb.match(/\d+/g)?.slice(0, 3) ?? ['0', '0', '0']
  return `#${parts.map((part) => Number(part).toString(16).padStart(2, '0')).join('')}`
}
