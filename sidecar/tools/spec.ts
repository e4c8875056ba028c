import { z } from 'zod'
import type { ToolSpec } from '../providers/index.ts'
import type { Tool } from './tool.ts'

/** A tool as a model sees it. */
export function toolSpec(tool: Tool): ToolSpec {
  const { $schema: _, ...parameters } = z.toJSONSchema(tool.input, { io: 'input' })
  return { name: tool.name, description: tool.description, parameters }
}
