import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PORT_MESSAGE, type ShellApi, type SidecarState } from '../../sidecar/contract/shell.ts'

/** Electron's side of a preload script; the runtime itself is not a package that Node can load. */
const renderer = Object.assign(new EventEmitter(), {
  sent: [] as unknown[][],
  send: (...message: unknown[]) => void renderer.sent.push(message),
  invoke: async (...message: unknown[]) => message,
})
const exposed: Record<string, unknown> = {}
vi.mock('electron', () => ({
  ipcRenderer: renderer,
  contextBridge: {
    exposeInMainWorld: (name: string, api: unknown) => {
      exposed[name] = api
    },
  },
}))

const posted: unknown[][] = []
let api: ShellApi
beforeEach(async () => {
  vi.stubGlobal('window', { location: { origin: 'oxbow://app' }, postMessage: (...message: unknown[]) => posted.push(message) })
  await import('../../preload/preload.ts')
  api = exposed.oxbow as ShellApi
})
afterEach(() => vi.unstubAllGlobals())

describe('preload', () => {
  it('exposes the shell’s few calls and nothing of Electron', () => {
    expect(Object.keys(exposed)).toEqual(['oxbow'])
    expect(Object.keys(api).sort()).toEqual(['onSidecar', 'openExternal', 'pickFolder', 'platform', 'requestPort'])
  })

  it('asks for each thing on its own channel', async () => {
    api.requestPort()
    expect(renderer.sent.at(-1)).toEqual(['oxbow:request-port'])
    expect(await api.openExternal('https://example.org')).toEqual(['oxbow:open-external', 'https://example.org'])
    expect(await api.pickFolder()).toEqual(['oxbow:pick-folder'])
  })

  it('passes the port on to its own page only', () => {
    const port = {}
    renderer.emit(PORT_MESSAGE, { ports: [port] })
    expect(posted).toEqual([[PORT_MESSAGE, 'oxbow://app', [port]]])
  })

  it('tells the state of the sidecar, without the event, until it is not wanted any more', () => {
    const heard: unknown[][] = []
    const stop = api.onSidecar((...given: [SidecarState]) => heard.push(given))
    expect(renderer.sent.at(-1)).toEqual(['oxbow:watch-sidecar'])
    renderer.emit('oxbow:sidecar-state', { sender: 'secret' }, { state: 'ready' })
    stop()
    renderer.emit('oxbow:sidecar-state', {}, { state: 'stopped' })
    expect(heard).toEqual([[{ state: 'ready' }]])
    expect(renderer.listenerCount('oxbow:sidecar-state')).toBe(0)
  })
})
