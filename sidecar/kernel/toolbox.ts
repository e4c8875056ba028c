import { onOneLine, type SafetyTier } from '../contract/index.ts'
import type { ToolSpec } from '../providers/index.ts'
import { createTools, type Tool, type ToolsOptions, toolSpec } from '../tools/index.ts'

/** A call whose tool is there and whose arguments fit. */
export interface Made {
  tool: Tool
  input: unknown
}

export type Prepared = Made | { problem: string }

/** Characters of a title; a longer one says that it goes on. */
const MOST_TITLE = 300

/** The tools that every agent has. */
export const createToolbox = (options: ToolsOptions): Toolbox => new Toolbox(createTools(options))

/** The tools of a turn: what the model is told of them, and how its calls are read. */
export class Toolbox {
  readonly #tools: ReadonlyMap<string, Tool>
  #specs: readonly ToolSpec[] | undefined

  constructor(tools: readonly Tool[]) {
    this.#tools = new Map(tools.map((tool) => [tool.name, tool]))
  }

  /** What the model is told of the tools. */
  get specs(): readonly ToolSpec[] {
    this.#specs ??= [...this.#tools.values()].map(toolSpec)
    return this.#specs
  }

  /** What people see of a call, also of one that will be refused: on one line, as a model words it. */
  describe(name: string, args: unknown): { title: string; tier?: SafetyTier } {
    const prepared = this.prepare(name, args)
    if ('problem' in prepared) return { title: shown(name) }
    return { title: shown(prepared.tool.title(prepared.input)), tier: prepared.tool.tier }
  }

  /** Finds the tool and checks the arguments; a problem is worded for the model. */
  prepare(name: string, args: unknown): Prepared {
    const tool = this.#tools.get(name)
    if (!tool) return { problem: `There is no tool "${name}". The tools are: ${[...this.#tools.keys()].join(', ')}.` }
    if (typeof args === 'string') return { problem: `The arguments of ${name} are no valid JSON: ${args.slice(0, 200)}` }
    const parsed = tool.input.safeParse(withoutNulls(args))
    if (parsed.success) return { tool, input: parsed.data }
    const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || '(arguments)'}: ${issue.message}`)
    return { problem: `The arguments of ${name} do not fit: ${issues.join('; ')}` }
  }
}

function shown(title: string): string {
  const line = onOneLine(title.slice(0, MOST_TITLE + 1))
  return line.length > MOST_TITLE ? `${line.slice(0, MOST_TITLE - 1)}…` : line
}

/** Models send null for an optional field they leave out. */
function withoutNulls(args: unknown): unknown {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return args
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null))
}
