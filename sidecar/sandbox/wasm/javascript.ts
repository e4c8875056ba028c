import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import imported from '@jitl/quickjs-ng-wasmfile-release-sync'
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
} from 'quickjs-emscripten-core'
import { Printed } from './printed.ts'
import { type Engine, MEMORY_BYTES, PAGE_BYTES, type Snippet, type SnippetResult, VALUE_UNITS } from './snippet.ts'

/** Below the engine's whole memory, so that a bomb gets an error of its own language. */
const HEAP_BYTES = 48 * 1024 * 1024
const STACK_BYTES = 256 * 1024
const INITIAL_PAGES = (16 * 1024 * 1024) / PAGE_BYTES
/** Promises that are settled between two looks at the clock. */
const JOBS = 1000

/** Run in the engine before the snippet. `print` is all it is given; texts are cut before they leave. */
const PRELUDE = `(print, most) => {
  const { slice } = String.prototype, { apply } = Reflect, { stringify } = JSON, text = String
  const isError = (value) => value instanceof Error
  const show = (value) => {
    if (typeof value === 'string') return value
    if (typeof value === 'function') return '[function ' + value.name + ']'
    if (isError(value)) return text(value) + (value.stack ? '\\n' + value.stack : '')
    if (typeof value === 'object' && value !== null) {
      try { const json = stringify(value); if (json !== undefined) return json } catch {}
    }
    return text(value)
  }
  const shown = (value) => apply(slice, show(value), [0, most])
  const log = (...values) => { let line = ''; for (const value of values) line += (line && ' ') + shown(value); print(apply(slice, line, [0, most]) + '\\n') }
  globalThis.print = log
  globalThis.console = { log, info: log, warn: log, error: log, debug: log }
  return shown
}`

/** Bundled as CommonJS, the package's default lies one step deeper; and the loader would then take it without our options. */
const variant = (imported as typeof imported & { default?: typeof imported }).default ?? imported

let compiled: WebAssembly.Module | undefined

/** The engine's code, compiled once for all its calls. */
function engineCode(): WebAssembly.Module {
  const here = createRequire(import.meta.url)
  compiled ??= new WebAssembly.Module(readFileSync(here.resolve('@jitl/quickjs-ng-wasmfile-release-sync/wasm')))
  return compiled
}

/** An engine for one snippet, with memory of its own: nothing is left of it afterwards. */
export async function prepareJavaScript(): Promise<Engine> {
  const wasmMemory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MEMORY_BYTES / PAGE_BYTES })
  const quickjs = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmModule: engineCode(), wasmMemory }))
  const runtime = quickjs.newRuntime()
  runtime.setMemoryLimit(HEAP_BYTES)
  runtime.setMaxStackSize(STACK_BYTES)
  let until = Number.POSITIVE_INFINITY
  const late = (): boolean => performance.now() > until
  runtime.setInterruptHandler(late)
  const context = runtime.newContext()
  const printed = new Printed()
  const show = prelude(context, printed)
  return {
    async run(snippet) {
      until = performance.now() + snippet.deadlineMs
      return { ...evaluate({ context, runtime, show, late }, snippet), ...printed.end() }
    },
  }
}

interface Prepared {
  context: QuickJSContext
  runtime: QuickJSRuntime
  /** Makes a text of any value, cut inside of the engine. */
  show: QuickJSHandle
  late(): boolean
}

function evaluate({ context, runtime, show, late }: Prepared, snippet: Snippet): Omit<SnippetResult, 'output' | 'cut'> {
  const { code, data, deadlineMs } = snippet
  const why = (text: string): string =>
    late() ? `it ran longer than ${deadlineMs / 1000} s and was stopped` : /out of memory/.test(text) ? 'out of memory' : text
  try {
    if (data !== undefined) context.setProp(context.global, 'data', parse(context, data))
    const evaluated = context.evalCode(code, 'snippet.js')
    if (evaluated.error) return { error: why(shown(context, show, evaluated.error)) }
    const settled = settle(context, runtime, evaluated.value, late)
    if ('error' in settled)
      return { error: why(settled.error ? shown(context, show, settled.error) : 'it waits for what never comes') }
    if (context.typeof(settled.value) === 'undefined') return {}
    return { value: shown(context, show, settled.value).slice(0, VALUE_UNITS).toWellFormed() }
  } catch (error) {
    // What breaks the engine breaks nothing else: it is thrown away with its memory.
    return { error: why(error instanceof Error ? error.message : String(error)) }
  }
}

/** @returns the function that makes a text of any value, cut inside of the engine */
function prelude(context: QuickJSContext, printed: Printed): QuickJSHandle {
  const print = context.newFunction('print', (text) => {
    printed.add(context.getString(text))
  })
  const ready = context.unwrapResult(context.evalCode(PRELUDE, 'prelude.js'))
  return context.unwrapResult(context.callFunction(ready, context.undefined, print, context.newNumber(VALUE_UNITS * 4)))
}

function parse(context: QuickJSContext, data: string): QuickJSHandle {
  const json = context.getProp(context.global, 'JSON')
  return context.unwrapResult(context.callFunction(context.getProp(json, 'parse'), json, context.newString(data)))
}

/** A promise's value, once what it waits for is done; nothing comes from outside, so there is nothing else to wait for. */
function settle(
  context: QuickJSContext,
  runtime: QuickJSRuntime,
  value: QuickJSHandle,
  late: () => boolean,
): { value: QuickJSHandle } | { error: QuickJSHandle | undefined } {
  while (runtime.hasPendingJob() && !late()) {
    const done = runtime.executePendingJobs(JOBS)
    if (done.error) return { error: done.error }
  }
  const state = context.getPromiseState(value)
  if (state.type === 'pending') return { error: undefined }
  return state.type === 'fulfilled' ? { value: state.value } : { error: state.error }
}

/** By the engine's own means, so that no value is copied whole; an error that cannot be shown is shown by its name. */
function shown(context: QuickJSContext, show: QuickJSHandle, value: QuickJSHandle): string {
  const text = context.callFunction(show, context.undefined, value)
  if (text.error) return `a ${context.typeof(value)} that cannot be shown`
  return context.getString(text.value)
}
