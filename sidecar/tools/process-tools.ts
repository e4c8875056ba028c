import type { ProcessHost } from './process-host.ts'
import { createProcessKill } from './process-kill.ts'
import { createProcessList } from './process-list.ts'
import { createProcessRead } from './process-read.ts'
import { createProcessWrite } from './process-write.ts'
import type { Tool } from './tool.ts'

/** What an agent does with the processes it started in the background. */
export const createProcessTools = (processes: ProcessHost): Tool[] => [
  createProcessList(processes),
  createProcessRead(processes),
  createProcessWrite(processes),
  createProcessKill(processes),
]
