import { join } from 'node:path'
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  nativeImage,
  nativeTheme,
  powerMonitor,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  Tray,
  utilityProcess,
} from 'electron'
import { oxbowHome } from './home.ts'
import { startShell } from './shell.ts'
import { systemTimers } from './timers.ts'

// Built to out/main/main.cjs.
const root = join(import.meta.dirname, '..', '..')

startShell(
  {
    app,
    BrowserWindow,
    dialog,
    ipcMain,
    Menu,
    MessageChannelMain,
    nativeImage,
    nativeTheme,
    powerMonitor,
    protocol,
    safeStorage,
    screen,
    session,
    shell,
    Tray,
    utilityProcess,
  },
  {
    out: join(root, 'out'),
    icons: join(root, 'resources', 'icons'),
    home: oxbowHome(process.env),
    env: process.env,
    platform: process.platform,
    timers: systemTimers,
  },
)
