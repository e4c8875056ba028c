import { contextBridge, type IpcRendererEvent, ipcRenderer } from 'electron'
import { PORT_MESSAGE, type ShellApi, type SidecarState } from '../sidecar/contract/shell.ts'
import { OPEN_EXTERNAL, PICK_FOLDER, REQUEST_PORT, SIDECAR_STATE, WATCH_SIDECAR } from './channels.ts'

const api: ShellApi = {
  platform: process.platform === 'darwin' ? 'darwin' : 'linux',
  requestPort: () => ipcRenderer.send(REQUEST_PORT),
  pickFolder: () => ipcRenderer.invoke(PICK_FOLDER),
  openExternal: (url) => ipcRenderer.invoke(OPEN_EXTERNAL, url),
  onSidecar: (listener) => {
    const heard = (_event: IpcRendererEvent, state: SidecarState) => listener(state)
    ipcRenderer.on(SIDECAR_STATE, heard)
    ipcRenderer.send(WATCH_SIDECAR)
    return () => ipcRenderer.removeListener(SIDECAR_STATE, heard)
  },
}

// A port cannot cross the context bridge; it reaches the page as a message to its window, and only to its own origin.
ipcRenderer.on(PORT_MESSAGE, (event) => window.postMessage(PORT_MESSAGE, window.location.origin, event.ports))

contextBridge.exposeInMainWorld('oxbow', api)
