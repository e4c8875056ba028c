import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { BrowserWindow, Rectangle } from 'electron'
import type { Timers } from './timers.ts'

export const MIN_WIDTH = 560
export const MIN_HEIGHT = 420
export const DEFAULT_SIZE = { width: 1180, height: 800 }
const SAVE_AFTER_MS = 400
/** So much of the window must be on a screen that a person can take hold of it. */
const VISIBLE = 80

export interface WindowState {
  bounds: Partial<Rectangle> & { width: number; height: number }
  maximized: boolean
}

/** How the window was left; the default when nothing is kept, what is kept is no state, or its screen is gone. */
export function readWindowState(path: string, screens: readonly Rectangle[]): WindowState {
  const kept = parse(path)
  if (!kept) return { bounds: DEFAULT_SIZE, maximized: false }
  const { bounds, maximized } = kept
  const size = { width: Math.max(bounds.width, MIN_WIDTH), height: Math.max(bounds.height, MIN_HEIGHT) }
  const seen = screens.some(
    (screen) => overlap(screen, bounds, 'x', 'width') >= VISIBLE && overlap(screen, bounds, 'y', 'height') >= VISIBLE,
  )
  return { bounds: seen ? { x: bounds.x, y: bounds.y, ...size } : DEFAULT_SIZE, maximized }
}

/** Keeps the window's place on disk while it moves, and at the latest when it closes. */
export function keepWindowState(window: BrowserWindow, path: string, timers: Timers): void {
  let cancel: (() => void) | null = null
  const save = () => {
    cancel?.()
    cancel = null
    if (!window.isDestroyed()) write(path, { bounds: window.getNormalBounds(), maximized: window.isMaximized() })
  }
  const later = () => {
    cancel ??= timers.after(SAVE_AFTER_MS, save)
  }
  window.on('resize', later)
  window.on('move', later)
  window.on('maximize', later)
  window.on('unmaximize', later)
  window.on('close', save)
  window.on('closed', () => cancel?.())
}

function overlap(a: Rectangle, b: Rectangle, from: 'x' | 'y', length: 'width' | 'height'): number {
  return Math.min(a[from] + a[length], b[from] + b[length]) - Math.max(a[from], b[from])
}

function parse(path: string): { bounds: Rectangle; maximized: boolean } | null {
  try {
    const { bounds, maximized } = JSON.parse(readFileSync(path, 'utf8')) as {
      bounds: Record<string, unknown>
      maximized: unknown
    }
    const { x, y, width, height } = bounds
    const whole = [x, y, width, height].every((n) => Number.isSafeInteger(n) && Math.abs(n as number) < 100_000)
    if (!whole || (width as number) <= 0 || (height as number) <= 0) return null
    return { bounds: { x, y, width, height } as Rectangle, maximized: maximized === true }
  } catch {
    return null
  }
}

/** Written beside and renamed, so that a crash leaves the old state or the new one. A full disk costs only the place kept. */
function write(path: string, state: WindowState): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(`${path}.new`, JSON.stringify(state))
    renameSync(`${path}.new`, path)
  } catch {}
}
