import { join } from 'node:path'
import type { BrowserWindow, MessagePortMain } from 'electron'
import { SIDECAR_STATE } from '../preload/channels.ts'
import type { SidecarState } from '../sidecar/contract/shell.ts'
import { openConsoleLog } from './console-log.ts'
import type { ElectronParts } from './electron.ts'
import { errorPage } from './error-page.ts'
import { consoleLogPath, sealedKeysPath } from './home.ts'
import { answerPage } from './ipc.ts'
import { menuTemplate } from './menu.ts'
import { createPortDesk } from './ports.ts'
import { watchPower } from './power.ts'
import { createPageHandler, ERROR_URL, INDEX_URL, ORIGIN, PRIVILEGES, RETRY_URL, SCHEME } from './protocol.ts'
import { createVault } from './secrets.ts'
import { denyNavigation, denyPermissions, pageOrigin } from './security.ts'
import { launchUtilitySidecar } from './sidecar-electron.ts'
import { createSupervisor } from './supervisor.ts'
import type { Timers } from './timers.ts'
import { createTray } from './tray.ts'
import { load, openWindow } from './window.ts'

export interface ShellOptions {
  /** The built output: `main/sidecar.js`, `preload/preload.cjs` and `renderer/` lie in it. */
  out: string
  icons: string
  home: string
  env: NodeJS.ProcessEnv
  platform: NodeJS.Platform
  timers: Timers
}

/** The desktop shell: one instance, one window, one supervised sidecar. Call it before the app is ready. */
export function startShell(electron: ElectronParts, options: ShellOptions): void {
  const { app, dialog, ipcMain, Menu, MessageChannelMain, powerMonitor, protocol, safeStorage, session, shell, utilityProcess } =
    electron
  const { platform, timers } = options

  // Another home is another Oxbow: with its own lock, window place and browser profile.
  if (options.env.OXBOW_HOME) app.setPath('userData', join(options.home, 'shell'))
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return
  }
  protocol.registerSchemesAsPrivileged([PRIVILEGES])

  const devTools = !app.isPackaged
  const origin = pageOrigin(options.env.ELECTRON_RENDERER_URL, app.isPackaged)
  const url = origin === ORIGIN ? INDEX_URL : `${origin}/`
  const log = openConsoleLog(consoleLogPath(options.home))
  const complain = (line: string) => log.append(`${line}\n`)
  const vault = createVault(safeStorage, { path: sealedKeysPath(options.home), platform, complain })
  let window: BrowserWindow | null = null
  /** Where in our page the person is, down to the session in its hash. */
  let place = url
  let trouble = ''
  let quitting = false
  let gone = false
  let showInTray = (_state: SidecarState) => {}
  let power: ReturnType<typeof watchPower> | undefined

  const supervisor = createSupervisor<MessagePortMain>({
    launch: () => launchUtilitySidecar(utilityProcess, join(options.out, 'main', 'sidecar.cjs'), log, vault),
    timers,
    logPath: log.path,
    onState: (state) => {
      showInTray(state)
      window?.webContents.send(SIDECAR_STATE, state)
      if (state.state === 'ready') {
        ports.ready()
        power?.tell()
      }
      if (state.state === 'failed') fail(state.message)
      // Stopped through a door, by `oxbow stop`: the shell goes with it.
      if (state.state === 'stopped' && !quitting) app.quit()
    },
  })
  const ports = createPortDesk(
    () => new MessageChannelMain(),
    supervisor.send,
    () => window?.webContents ?? null,
    timers,
  )

  const keepPlace = () => {
    const here = window?.webContents.getURL()
    if (here?.split('#')[0] === url) place = here
  }
  const fail = (message: string) => {
    trouble = message
    keepPlace()
    if (window) load(window, ERROR_URL)
  }
  const retry = () => {
    trouble = ''
    supervisor.start()
    if (window) load(window, place)
  }
  const show = () => {
    if (quitting) return
    if (!window) return open()
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }
  const open = () => {
    window = openWindow(electron, {
      preload: join(options.out, 'preload', 'preload.cjs'),
      icon: join(options.icons, 'icon.png'),
      statePath: join(app.getPath('userData'), 'window.json'),
      home: url,
      page: trouble ? ERROR_URL : place,
      devTools,
      timers,
      onRefused: (refused) => {
        if (refused === RETRY_URL && trouble) retry()
      },
      onPageGone: ports.forget,
      onBroken: () => fail('The window crashed several times within a minute.'),
    })
    window.on('close', keepPlace)
    window.on('closed', () => {
      ports.forget()
      window = null
    })
  }

  app.on('second-instance', show)
  app.on('web-contents-created', (_event, contents) => {
    if (contents.getType() !== 'window') denyNavigation(contents, null)
  })
  app.on('window-all-closed', () => {
    if (platform !== 'darwin') app.quit()
  })
  app.on('before-quit', (event) => {
    if (gone) return
    event.preventDefault()
    if (quitting) return
    quitting = true
    power?.stop()
    supervisor.stop().then(() => {
      gone = true
      app.quit()
    })
  })

  app.whenReady().then(() => {
    protocol.handle(
      SCHEME,
      createPageHandler(join(options.out, 'renderer'), () => errorPage(trouble, log.path)),
    )
    denyPermissions(session.defaultSession, origin)
    answerPage(ipcMain, () => window, origin, {
      requestPort: ports.request,
      watchSidecar: () => window?.webContents.send(SIDECAR_STATE, supervisor.state),
      pickFolder: async () => {
        if (!window) return null
        const { canceled, filePaths } = await dialog.showOpenDialog(window, { properties: ['openDirectory', 'createDirectory'] })
        return canceled ? null : (filePaths[0] ?? null)
      },
      openExternal: (link) => shell.openExternal(link),
    })
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(platform, devTools)))
    showInTray = createTray(electron, options.icons, platform, { show, quit: () => app.quit() })
    app.on('activate', show)
    power = watchPower(powerMonitor, timers, supervisor.send)
    supervisor.start()
    open()
  })
}
