import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startShell } from '../../main/shell.ts'
import { OPEN_EXTERNAL, PICK_FOLDER, REQUEST_PORT, SIDECAR_STATE, WATCH_SIDECAR } from '../../preload/channels.ts'
import { PORT_MESSAGE } from '../../sidecar/contract/shell.ts'
import { type ElectronDoubleOptions, electronDouble } from '../fixtures/electron-double.ts'
import { handTimers } from '../fixtures/hand-timers.ts'

const INDEX = 'oxbow://app/'
const ERROR = 'oxbow://app/error'
const RETRY = 'oxbow://app/retry'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oxbow-shell-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function shell(more: Partial<ElectronDoubleOptions> & { env?: NodeJS.ProcessEnv; platform?: NodeJS.Platform } = {}) {
  const { env = {}, platform = 'linux', ...rest } = more
  const electron = electronDouble({ userData: join(folder, 'user'), ...rest })
  const timers = handTimers()
  startShell(electron.parts, { out: '/app/out', icons: '/app/icons', home: join(folder, 'home'), env, platform, timers })
  await electron.start()
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return { ...electron, timers, settle, window: electron.windows[0]!, child: electron.children[0]! }
}

describe('window', () => {
  it('has no way into Node, and only its own preload', async () => {
    const { window } = await shell()
    expect(window.options.webPreferences).toMatchObject({
      preload: '/app/out/preload/preload.cjs',
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      devTools: false,
    })
    expect(window.loaded).toEqual([INDEX])
  })

  it('is served by its own scheme, registered before the app is ready', async () => {
    const { schemes, handlers } = await shell()
    expect(schemes).toMatchObject([{ scheme: 'oxbow', privileges: { standard: true, secure: true } }])
    expect([...handlers.keys()]).toEqual(['oxbow'])
  })

  it('opens no window, whatever the link', async () => {
    const { window, windows, opened } = await shell()
    for (const url of [INDEX, 'https://example.org', 'about:blank', 'file:///etc/passwd', ''])
      expect(window.webContents.openHandler({ url })).toEqual({ action: 'deny' })
    expect(windows).toHaveLength(1)
    expect(opened).toEqual([])
  })

  it.each([
    'https://example.org/',
    'file:///etc/passwd',
    'data:text/html,x',
    'oxbow://other/',
    'oxbow://app/x.html',
    ERROR,
    RETRY,
    'javascript:1',
  ])('does not navigate to %s', async (url) => {
    const { window, children, opened } = await shell()
    expect(window.webContents.navigate(url)).toBe(false)
    expect(window.webContents.navigate(url, 'will-redirect')).toBe(false)
    expect(window.webContents.navigate(url, 'will-frame-navigate', false)).toBe(false)
    expect(window.loaded).toEqual([INDEX])
    expect(children).toHaveLength(1)
    expect(opened).toEqual([])
  })

  it('may be reloaded, but not inside a frame', async () => {
    const { window } = await shell()
    expect(window.webContents.navigate(INDEX)).toBe(true)
    expect(window.webContents.navigate(`${INDEX}#here`)).toBe(true)
    expect(window.webContents.navigate(INDEX, 'will-frame-navigate', false)).toBe(false)
  })

  it('holds no webview; any other contents are locked too', async () => {
    const { window, strangeContents } = await shell()
    expect(window.webContents.navigate('', 'will-attach-webview')).toBe(false)
    const strange = strangeContents('webview')
    expect(strange.navigate(INDEX)).toBe(false)
    expect(strange.openHandler({ url: INDEX })).toEqual({ action: 'deny' })
  })

  it('is refused every permission, but to copy', async () => {
    const { permissions } = await shell()
    const names = [
      'media',
      'geolocation',
      'notifications',
      'clipboard-read',
      'fullscreen',
      'fileSystem',
      'openExternal',
      'usb',
      'unknown',
    ]
    const request = (permission: string, requestingUrl: string) => {
      let granted: unknown
      permissions.request({}, permission, (answer: boolean) => (granted = answer), { requestingUrl })
      return granted
    }
    for (const name of names) {
      expect(request(name, INDEX), name).toBe(false)
      expect(permissions.check({}, name, INDEX), name).toBe(false)
    }
    expect(request('clipboard-sanitized-write', INDEX)).toBe(true)
    expect(request('clipboard-sanitized-write', 'https://example.org/')).toBe(false)
    expect(permissions.check({}, 'clipboard-sanitized-write', INDEX)).toBe(true)
    expect(permissions.check({}, 'clipboard-sanitized-write', 'https://example.org')).toBe(false)
    expect(permissions.device({})).toBe(false)
    let streams: unknown = 'none asked'
    permissions.screen({}, (given: unknown) => (streams = given))
    expect(streams).toBeNull()
  })

  it('shows when there is something to show, and keeps its place', async () => {
    const { window, timers, paths } = await shell()
    expect(window.options.show).toBe(false)
    expect(window.calls).toEqual([])
    window.emit('ready-to-show')
    expect(window.calls).toEqual(['show'])
    window.emit('move')
    timers.pass(1000)
    const kept = JSON.parse(readFileSync(join(paths.userData!, 'window.json'), 'utf8'))
    expect(kept.bounds).toEqual({ x: 1, y: 2, width: 900, height: 700 })
  })

  it('is loaded again where it was when its page crashes, three times a minute and then no more', async () => {
    const { window, timers, child } = await shell()
    const { webContents } = window
    const crash = (reason: string) => webContents.emit('render-process-gone', {}, { reason })
    child.ready()
    webContents.url = `${INDEX}#/ses_1`
    for (let n = 0; n < 3; n++) crash('crashed')
    expect(webContents.reloads).toBe(3)
    crash('clean-exit')
    expect(webContents.reloads).toBe(3)
    expect(window.loaded).toEqual([INDEX])
    crash('oom')
    expect(window.loaded).toEqual([INDEX, ERROR])
    expect(webContents.navigate(RETRY)).toBe(false)
    expect(window.loaded.at(-1)).toBe(`${INDEX}#/ses_1`)
    timers.pass(60_000)
    crash('killed')
    expect(webContents.reloads).toBe(4)
  })

  it('loads the development server only when not packaged', async () => {
    const env = { ELECTRON_RENDERER_URL: 'http://localhost:5173' }
    expect((await shell({ env })).window.loaded).toEqual([INDEX])
    const dev = await shell({ env, packaged: false })
    expect(dev.window.loaded).toEqual(['http://localhost:5173/'])
    expect(dev.window.options.webPreferences?.devTools).toBe(true)
  })
})

describe('requests of the page', () => {
  it('opens the links a browser may have, and no other', async () => {
    const { fromPage, opened } = await shell()
    await fromPage(OPEN_EXTERNAL, 'https://example.org/x')
    for (const link of ['file:///etc/passwd', 'javascript:1', RETRY, 7, undefined, { href: 'https://example.org' }])
      await expect(fromPage(OPEN_EXTERNAL, link)).rejects.toThrow('only http, https and mailto')
    expect(opened).toEqual(['https://example.org/x'])
  })

  it('answers with the chosen folder, or null', async () => {
    const { fromPage, folderAnswer } = await shell()
    expect(await fromPage(PICK_FOLDER)).toBe('/chosen')
    folderAnswer.canceled = true
    expect(await fromPage(PICK_FOLDER)).toBeNull()
  })

  it.each([
    ['another contents', { sender: {} }],
    ['a frame in the page', { frame: { parent: {}, origin: 'oxbow://app' } }],
    ['a page of another origin', { frame: { parent: null, origin: 'https://example.org' } }],
    ['a sandboxed page', { frame: { parent: null, origin: 'null' } }],
    ['a frame that is gone', { frame: null }],
  ])('answers nothing to %s', async (_who, from) => {
    const { fromPage, child, contents, opened } = await shell()
    child.ready()
    const sent = contents().sent.length
    fromPage(REQUEST_PORT, undefined, from)
    fromPage(WATCH_SIDECAR, undefined, from)
    await expect(fromPage(PICK_FOLDER, undefined, from)).rejects.toThrow('not answered')
    await expect(fromPage(OPEN_EXTERNAL, 'https://example.org', from)).rejects.toThrow('not answered')
    expect(contents().ports).toEqual([])
    expect(contents().sent).toHaveLength(sent)
    expect(opened).toEqual([])
  })
})

describe('sidecar', () => {
  it('is a utility process whose prints are kept', async () => {
    const { child } = await shell()
    expect(child.entry).toBe('/app/out/main/sidecar.cjs')
    expect(child.options).toMatchObject({ serviceName: 'Oxbow sidecar', stdio: 'pipe' })
    child.stderr.emit('data', Buffer.from('trouble\n'))
    expect(readFileSync(join(folder, 'home/logs/sidecar-console.log'), 'utf8')).toBe('trouble\n')
  })

  it('gets one end of a channel and the page the other, once both are there', async () => {
    const { child, contents, fromPage } = await shell()
    fromPage(REQUEST_PORT)
    expect(contents().ports).toEqual([])
    child.ready()
    const [[channel, [mine]]] = contents().ports as [[string, [unknown]]]
    expect(channel).toBe(PORT_MESSAGE)
    expect(child.orders).toHaveLength(1)
    expect(child.orders[0]).toMatchObject({ order: { type: 'port' } })
    expect(child.orders[0]!.ports).toHaveLength(1)
    expect(child.orders[0]!.ports![0]).not.toBe(mine)
  })

  it('hands a page nothing that it did not ask for', async () => {
    const { child, contents } = await shell()
    child.ready()
    expect(contents().ports).toEqual([])
    expect(child.orders).toEqual([])
  })

  it('gets a new channel after a restart and after a reload', async () => {
    const { child, children, contents, fromPage, timers, window } = await shell()
    fromPage(REQUEST_PORT)
    child.ready()
    child.emit('exit', 1)
    timers.pass(250)
    expect(contents().ports).toHaveLength(1)
    children[1]!.ready()
    expect(contents().ports, 'the page is given a moment to ask').toHaveLength(1)
    timers.pass(1_000)
    expect(contents().ports, 'it did not').toHaveLength(2)
    expect(children[1]!.orders).toHaveLength(1)

    window.webContents.emit('did-navigate', {}, INDEX)
    children[1]!.emit('exit', 1)
    timers.pass(500)
    children[2]!.ready()
    timers.pass(5_000)
    expect(contents().ports, 'the new page has not asked yet').toHaveLength(2)
    fromPage(REQUEST_PORT)
    expect(contents().ports).toHaveLength(3)
    expect(children[2]!.orders).toHaveLength(1)
  })

  it.each(['while the sidecar is away', 'once it is back'])('hands one port to a page that asks %s', async (when) => {
    const { child, children, contents, fromPage, timers } = await shell()
    fromPage(REQUEST_PORT)
    child.ready()
    child.emit('exit', 1)
    if (when === 'while the sidecar is away') fromPage(REQUEST_PORT)
    timers.pass(250)
    children[1]!.ready()
    if (when === 'once it is back') fromPage(REQUEST_PORT)
    timers.pass(5_000)
    expect(contents().ports).toHaveLength(2)
    expect(children[1]!.orders).toHaveLength(1)
  })

  it('tells the page how it is, at once and at every change', async () => {
    const { child, contents, fromPage, timers } = await shell()
    fromPage(WATCH_SIDECAR)
    child.ready()
    child.emit('exit', 1)
    timers.pass(250)
    expect(contents().sent.every(([channel]) => channel === SIDECAR_STATE)).toBe(true)
    expect(contents().sent.map(([, state]) => state)).toEqual([
      { state: 'starting' },
      { state: 'ready' },
      { state: 'restarting', attempt: 1, delayMs: 250 },
      { state: 'starting' },
    ])
  })

  it('that refuses brings the error page, whose button starts it again', async () => {
    const { child, children, window, handlers, trays } = await shell()
    window.webContents.url = `${INDEX}#/ses_1`
    child.emit('message', { type: 'refused', message: 'The database is newer.' })
    expect(window.loaded.at(-1)).toBe(ERROR)
    const page = await (await handlers.get('oxbow')!(new Request(ERROR))).text()
    expect(page).toContain('The database is newer.')
    expect(page).toContain(join(folder, 'home/logs/sidecar-console.log'))
    expect(trays[0]!.menu[0]).toMatchObject({ label: 'Not running', enabled: false })
    expect(window.webContents.navigate(RETRY)).toBe(false)
    expect(children).toHaveLength(2)
    expect(window.loaded.at(-1)).toBe(`${INDEX}#/ses_1`)
    children[1]!.ready()
    expect(window.webContents.navigate(RETRY), 'nothing to retry').toBe(false)
    expect(children).toHaveLength(2)
  })

  it('stopped through a door takes the shell with it', async () => {
    const { app, child } = await shell()
    child.ready()
    child.emit('exit', 0)
    await new Promise((resolve) => setImmediate(resolve))
    expect(app.quitted).toBe(true)
  })
})

describe('life', () => {
  it('is one: a second start shows the window of the first and does nothing else', async () => {
    const second = await shell({ first: false })
    expect(second.app.quits).toBe(1)
    expect([second.windows, second.children, second.trays]).toEqual([[], [], []])

    const { app, window, windows } = await shell()
    window.minimized = true
    app.emit('second-instance')
    expect(window.calls).toEqual(['restore', 'show', 'focus'])
    expect(windows).toHaveLength(1)
  })

  it('quits only after the sidecar has stopped', async () => {
    const { app, child, settle, windows } = await shell()
    child.ready()
    child.postMessage = (order) => void child.orders.push({ order, ports: undefined })
    app.quit()
    app.quit()
    await settle()
    expect(child.orders).toEqual([{ order: { type: 'stop' }, ports: undefined }])
    expect(app.quitted).toBe(false)
    app.emit('second-instance')
    expect(windows[0]!.calls, 'nothing is shown any more').toEqual([])
    child.emit('exit', 0)
    await settle()
    expect(app.quitted).toBe(true)
  })

  it('quits within 5 s even when the sidecar does not stop', async () => {
    const { app, child, timers, settle } = await shell()
    child.ready()
    child.postMessage = () => {}
    app.quit()
    timers.pass(5_000)
    await settle()
    expect(app.quitted).toBe(true)
  })

  it('ends with its window on Linux, and goes on without it on macOS', async () => {
    const linux = await shell()
    linux.window.close()
    linux.app.emit('window-all-closed')
    await linux.settle()
    expect(linux.app.quitted).toBe(true)

    const mac = await shell({ platform: 'darwin' })
    mac.child.ready()
    mac.contents().url = `${INDEX}#/ses_1`
    mac.window.close()
    mac.app.emit('window-all-closed')
    await mac.settle()
    expect(mac.app.quits).toBe(0)
    mac.app.emit('activate')
    expect(mac.windows).toHaveLength(2)
    expect(mac.windows[1]!.loaded).toEqual([`${INDEX}#/ses_1`])
    mac.fromPage(REQUEST_PORT)
    expect(mac.contents().ports).toHaveLength(1)
    expect(mac.children).toHaveLength(1)
  })

  it('has a tray with its state, the window and the way out', async () => {
    const { app, child, trays, window, settle } = await shell()
    child.ready()
    const [status, , show, quit] = trays[0]!.menu as { label: string; enabled?: boolean; click(): void }[]
    expect(status).toMatchObject({ label: 'Running', enabled: false })
    show!.click()
    expect(window.calls).toEqual(['show', 'focus'])
    quit!.click()
    await settle()
    expect(app.quitted).toBe(true)
  })

  it('offers developer tools to developers only', async () => {
    const names = (menus: unknown) => JSON.stringify(menus)
    expect(names((await shell()).menus)).not.toContain('toggleDevTools')
    expect(names((await shell({ packaged: false })).menus)).toContain('toggleDevTools')
  })

  it('keeps another home apart', async () => {
    const home = join(folder, 'home')
    expect((await shell()).paths.userData).toBe(join(folder, 'user'))
    expect((await shell({ env: { OXBOW_HOME: home } })).paths.userData).toBe(join(home, 'shell'))
    expect(existsSync(join(home, 'logs'))).toBe(true)
  })
})
