import type { BrowserWindow, IpcMain, IpcMainEvent, IpcMainInvokeEvent } from 'electron'
import { OPEN_EXTERNAL, PICK_FOLDER, REQUEST_PORT, WATCH_SIDECAR } from '../preload/channels.ts'
import { externalLink } from './links.ts'

/** What the page may ask of the shell. */
export interface PageRequests {
  requestPort(): void
  watchSidecar(): void
  pickFolder(): Promise<string | null>
  openExternal(url: string): Promise<void>
}

/** Answers our page, and nobody else: not a frame in it, not another window, not a page that took its place. */
export function answerPage(ipcMain: IpcMain, window: () => BrowserWindow | null, origin: string, requests: PageRequests): void {
  const trusted = (event: IpcMainEvent | IpcMainInvokeEvent) => {
    const frame = event.senderFrame
    return event.sender === window()?.webContents && frame !== null && frame.parent === null && frame.origin === origin
  }
  const on = (channel: string, work: () => void) => ipcMain.on(channel, (event) => trusted(event) && work())
  const handle = (channel: string, work: (argument: unknown) => Promise<unknown>) =>
    ipcMain.handle(channel, async (event, argument: unknown) => {
      if (!trusted(event)) throw new Error(`${channel} is not answered to this page.`)
      return await work(argument)
    })

  on(REQUEST_PORT, requests.requestPort)
  on(WATCH_SIDECAR, requests.watchSidecar)
  handle(PICK_FOLDER, requests.pickFolder)
  handle(OPEN_EXTERNAL, (argument) => {
    const link = externalLink(argument)
    if (!link) throw new Error('Oxbow opens only http, https and mailto links.')
    return requests.openExternal(link)
  })
}
