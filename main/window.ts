import type { BrowserWindow } from 'electron'
import type { ElectronParts } from './electron.ts'
import { denyNavigation } from './security.ts'
import type { Timers } from './timers.ts'
import { keepWindowState, MIN_HEIGHT, MIN_WIDTH, readWindowState } from './window-state.ts'

const CRASHES_PER_MINUTE = 3

export interface WindowOptions {
  preload: string
  icon: string
  statePath: string
  /** Our page, the only one that may be reloaded: `oxbow://app/`, or the server of `npm run dev`. */
  home: string
  /** What to show first: `home`, a place in it, or the error page. */
  page: string
  /** Developer tools are for developers: off when packaged. */
  devTools: boolean
  timers: Timers
  /** A navigation that was refused, such as the error page's "Try again". */
  onRefused(url: string): void
  /** Another page took the place of the one before: a load, a reload, a crash. */
  onPageGone(): void
  /** The page crashed again and again. */
  onBroken(): void
}

/** Opens the one window. What its page may do is settled here and in security.ts. */
export function openWindow(electron: ElectronParts, options: WindowOptions): BrowserWindow {
  const place = readWindowState(
    options.statePath,
    electron.screen.getAllDisplays().map((display) => display.workArea),
  )
  const window = new electron.BrowserWindow({
    ...place.bounds,
    minWidth: MIN_WIDTH,
    minHeight: MIN_HEIGHT,
    title: 'Oxbow',
    icon: options.icon,
    show: false,
    backgroundColor: electron.nativeTheme.shouldUseDarkColors ? '#16181a' : '#ffffff',
    webPreferences: {
      preload: options.preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      devTools: options.devTools,
      // Chromium's own spell checker fetches dictionaries from the network; macOS brings its own.
      spellcheck: process.platform === 'darwin',
    },
  })
  denyNavigation(window.webContents, options.home, options.onRefused)
  keepWindowState(window, options.statePath, options.timers)
  window.once('ready-to-show', () => {
    if (place.maximized) window.maximize()
    window.show()
  })
  window.webContents.on('did-navigate', options.onPageGone)
  reviveAfterCrash(window, options)
  load(window, options.page)
  return window
}

/** Loads a page. That a newer load overtook this one, or the window closed, is no fault. */
export function load(window: BrowserWindow, url: string): void {
  window.loadURL(url).catch(() => {})
}

/** A crashed page is loaded again, since all it showed is in the session log; one that keeps crashing is given up. */
function reviveAfterCrash(window: BrowserWindow, options: WindowOptions): void {
  let crashes: number[] = []
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    options.onPageGone()
    if (reason === 'clean-exit') return
    const now = options.timers.now()
    crashes = [...crashes.filter((time) => now - time < 60_000), now]
    if (crashes.length > CRASHES_PER_MINUTE) options.onBroken()
    else window.webContents.reload()
  })
}
