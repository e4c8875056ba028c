import { EventEmitter } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserWindow } from 'electron'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_SIZE, keepWindowState, readWindowState } from '../../main/window-state.ts'
import { handTimers } from '../fixtures/hand-timers.ts'

const SCREEN = { x: 0, y: 0, width: 1920, height: 1080 }
const DEFAULT = { bounds: DEFAULT_SIZE, maximized: false }

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oxbow-window-'))
  path = join(folder, 'deep', 'window.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

class FakeWindow extends EventEmitter {
  bounds = { x: 10, y: 20, width: 900, height: 700 }
  maximized = false
  destroyed = false
  getNormalBounds = () => this.bounds
  isMaximized = () => this.maximized
  isDestroyed = () => this.destroyed
}

function kept(state: unknown) {
  const file = join(folder, 'window.json')
  writeFileSync(file, typeof state === 'string' ? state : JSON.stringify(state))
  return readWindowState(file, [SCREEN])
}

describe('window state', () => {
  it('is the default when nothing is kept', () => expect(readWindowState(path, [SCREEN])).toEqual(DEFAULT))

  it('comes back as it was left', () => {
    const state = { bounds: { x: 10, y: 20, width: 900, height: 700 }, maximized: true }
    expect(kept(state)).toEqual(state)
  })

  it.each([
    ['no JSON', '{"bounds":'],
    ['an empty file', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['no bounds', { maximized: true }],
    ['a missing number', { bounds: { x: 1, y: 1, width: 900 } }],
    ['text for a number', { bounds: { x: '1', y: 1, width: 900, height: 700 } }],
    ['a fraction', { bounds: { x: 1.5, y: 1, width: 900, height: 700 } }],
    ['an absurd size', { bounds: { x: 1, y: 1, width: 1e9, height: 700 } }],
    ['a negative size', { bounds: { x: 1, y: 1, width: -900, height: 700 } }],
  ])('is the default for %s', (_what, state) => expect(kept(state)).toEqual(DEFAULT))

  it.each([
    ['right of every screen', { x: 1900, y: 100 }],
    ['left of every screen', { x: -880, y: 100 }],
    ['above every screen', { x: 100, y: -690 }],
    ['below every screen', { x: 100, y: 1040 }],
  ])('does not open %s', (_where, at) => {
    expect(kept({ bounds: { ...at, width: 900, height: 700 }, maximized: true })).toEqual({
      bounds: DEFAULT_SIZE,
      maximized: true,
    })
  })

  it('opens on a second screen and half off an edge', () => {
    const bounds = { x: -600, y: 100, width: 900, height: 700 }
    expect(kept({ bounds }).bounds).toEqual(bounds)
  })

  it('is never smaller than the least size', () => {
    expect(kept({ bounds: { x: 0, y: 0, width: 100, height: 100 } }).bounds).toEqual({ x: 0, y: 0, width: 560, height: 420 })
  })

  it('is written once after many moves, leaving nothing beside it', () => {
    const timers = handTimers()
    const window = new FakeWindow()
    keepWindowState(window as unknown as BrowserWindow, path, timers)
    for (let x = 0; x < 50; x++) {
      window.bounds = { ...window.bounds, x }
      window.emit('move')
    }
    expect(timers.waiting).toBe(1)
    expect(existsSync(path)).toBe(false)
    timers.pass(400)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ bounds: window.bounds, maximized: false })
    expect(readdirSync(join(folder, 'deep'))).toEqual(['window.json'])
  })

  it('is written when the window closes, and never after', () => {
    const timers = handTimers()
    const window = new FakeWindow()
    keepWindowState(window as unknown as BrowserWindow, path, timers)
    window.maximized = true
    window.emit('maximize')
    window.emit('close')
    expect(JSON.parse(readFileSync(path, 'utf8')).maximized).toBe(true)
    window.destroyed = true
    window.emit('closed')
    expect(timers.waiting).toBe(0)
  })

  it('lets the window live when it cannot be written', () => {
    const timers = handTimers()
    const window = new FakeWindow()
    writeFileSync(join(folder, 'deep'), 'a file where a folder should be')
    keepWindowState(window as unknown as BrowserWindow, path, timers)
    window.emit('resize')
    expect(() => timers.pass(400)).not.toThrow()
  })
})
