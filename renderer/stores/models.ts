import { create } from 'zustand'
import type { ModelInfo } from '../../sidecar/contract/index.ts'
import { inWords } from '../connection/words.ts'
import { online } from './connection.ts'
import { useNotices } from './notices.ts'

interface Models {
  /** Those that can be called now. */
  models: readonly ModelInfo[]
  default: string
  why: string
  probing: boolean
  /** What the last look for local servers found, in words. */
  found: string | null
  load(): Promise<void>
  probe(): Promise<void>
  /** Makes a model the one of new sessions. */
  setDefault(model: string): Promise<void>
}

export const useModels = create<Models>()((set, get) => ({
  models: [],
  default: '',
  why: '',
  probing: false,
  found: null,
  load: async () => {
    try {
      set(await online().models.list({ ready: true }))
    } catch (error) {
      useNotices.getState().add(inWords(error))
    }
  },
  probe: async () => {
    if (get().probing) return
    set({ probing: true, found: null })
    try {
      const { found } = await online().models.probe()
      const names = found.map((server) => `${server.provider} (${server.models.length})`)
      set({ found: names.length > 0 ? `Found ${names.join(', ')}` : 'No model server runs on the usual ports' })
      await get().load()
    } catch (error) {
      set({ found: inWords(error).message })
    } finally {
      set({ probing: false })
    }
  },
  setDefault: async (model) => {
    try {
      await online().models.setDefault({ model })
      await get().load()
    } catch (error) {
      useNotices.getState().add(inWords(error))
    }
  },
}))
