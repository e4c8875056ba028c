import type { ToolsOptions } from '../tools/index.ts'
import type { Toolbox } from './toolbox.ts'

/** The tools that every agent has, loaded when they are first asked for: a start needs none. */
export function lazyToolbox(options: ToolsOptions): () => Promise<Toolbox> {
  let opening: Promise<Toolbox> | undefined
  return () => {
    opening ??= import('./toolbox.ts').then(({ createToolbox }) => createToolbox(options))
    return opening
  }
}
