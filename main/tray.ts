import { join } from 'node:path'
import type { SidecarState } from '../sidecar/contract/shell.ts'
import type { ElectronParts } from './electron.ts'

const WORDS: Record<SidecarState['state'], string> = {
  starting: 'Starting…',
  ready: 'Running',
  restarting: 'Restarting…',
  failed: 'Not running',
  stopped: 'Stopped',
}

/** The mark in the system's bar. The returned function shows another state. */
export function createTray(
  { Menu, nativeImage, Tray }: ElectronParts,
  icons: string,
  platform: NodeJS.Platform,
  actions: { show(): void; quit(): void },
): (state: SidecarState) => void {
  // macOS paints a template image to match its bar; elsewhere the mark brings its own colour.
  const file = platform === 'darwin' ? 'trayTemplate.png' : 'tray.png'
  const tray = new Tray(nativeImage.createFromPath(join(icons, file)))
  tray.setToolTip('Oxbow')
  tray.on('click', actions.show)
  return (state) =>
    tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: WORDS[state.state], enabled: false },
        { type: 'separator' },
        { label: 'Show Oxbow', click: actions.show },
        { label: 'Quit Oxbow', click: actions.quit },
      ]),
    )
}
