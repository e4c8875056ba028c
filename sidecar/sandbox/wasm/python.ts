import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Printed } from './printed.ts'
import { type Engine, MEMORY_BYTES, PAGE_BYTES, VALUE_UNITS } from './snippet.ts'

/** Python's own heap at the start (it doubles until the bound is met), and the depth of its stack, as the engine counts them. */
const HEAP_BYTES = 6 * 1024 * 1024
const STACK_BYTES = 16 * 1024
/** Three words: kind, length, address. */
const OUTCOME_BYTES = 12
const EXCEPTION = -1
/** `ENOENT`, `EBADF` and `ESPIPE`: there are no files. */
const NO_FILE = -44
const BAD_FILE = 8
const NO_SEEK = 70

/** What we use of what the engine exports. */
interface Exports {
  memory: WebAssembly.Memory
  __indirect_function_table: WebAssembly.Table
  __wasm_call_ctors(): void
  emscripten_stack_init(): void
  emscripten_stack_get_current(): number
  _emscripten_stack_restore(place: number): void
  setThrew(threw: number, value: number): void
  malloc(bytes: number): number
  mp_js_init(stack: number, heap: number): void
  proxy_c_init(): void
  mp_js_do_exec(code: number, length: number, outcome: number): void
}

let compiled: WebAssembly.Module | undefined

function engineCode(): WebAssembly.Module {
  const here = createRequire(import.meta.url)
  compiled ??= new WebAssembly.Module(
    readFileSync(here.resolve('@micropython/micropython-webassembly-pyscript/micropython.wasm')),
  )
  return compiled
}

/** There is nobody to ask: MicroPython would wait for a key for ever. */
const NOBODY = 'there is no input to read: what was handed in is in the variable data'
const PRELUDE = `
import builtins
def nobody(*_): raise EOFError(${JSON.stringify(NOBODY)})
builtins.input = nobody
del builtins, nobody
`

/**
 * An engine of Python (MicroPython) for one snippet. The package's own loader hands Python the whole of JavaScript by the
 * module `js`; so the engine is started here instead, with a clock, chance and an output, and nothing else behind its imports.
 * An endless loop is ended with the thread.
 */
export function preparePython(): Engine {
  const printed = new Printed()
  const decoder = new TextDecoder()
  const engine = start((bytes) => printed.add(decoder.decode(bytes, { stream: true })))
  const run = (source: string): string | undefined => execute(engine, source)
  const failed = run(PRELUDE)
  if (failed !== undefined) throw new Error(failed)
  return {
    run({ code, data }) {
      try {
        const given = data === undefined ? undefined : run(`import json\ndata = json.loads(${JSON.stringify(data)})\ndel json`)
        const error = given ?? run(code)
        return { ...printed.end(), ...(error !== undefined && { error }) }
      } catch (error) {
        return { ...printed.end(), error: error instanceof Error ? error.message : String(error) }
      }
    },
  }
}

/** @returns the traceback of an exception that nobody caught, its deepest part last */
function execute(engine: Exports, source: string): string | undefined {
  const bytes = new TextEncoder().encode(source)
  const code = place(engine, bytes.length + 1)
  const memory = new Uint8Array(engine.memory.buffer)
  memory.set(bytes, code)
  memory[code + bytes.length] = 0
  const outcome = place(engine, OUTCOME_BYTES)
  engine.mp_js_do_exec(code, bytes.length, outcome)
  const words = new DataView(engine.memory.buffer, outcome, OUTCOME_BYTES)
  if (words.getInt32(0, true) !== EXCEPTION) return undefined
  const text = new Uint8Array(engine.memory.buffer, words.getUint32(8, true), words.getUint32(4, true))
  // The exception's name, a mark, and the traceback as Python prints it.
  const trace = new TextDecoder().decode(text.slice(text.indexOf(4) + 1)).trim()
  const last = trace.slice(trace.lastIndexOf('\n') + 1)
  if (/^MemoryError/.test(last)) return 'out of memory'
  return trace.length > VALUE_UNITS ? `…${trace.slice(-VALUE_UNITS)}`.toWellFormed() : trace
}

function place(engine: Exports, bytes: number): number {
  const at = engine.malloc(bytes)
  if (at === 0) throw new Error('out of memory')
  return at
}

function start(write: (bytes: Uint8Array) => void): Exports {
  const module = engineCode()
  const env: Record<string, (...values: number[]) => number | undefined> = {}
  const wasi: typeof env = {}
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    const group = from === 'env' ? env : wasi
    if (name.startsWith('invoke_')) group[name] = invoke
    else if (name.startsWith('__syscall_')) group[name] = () => NO_FILE
    else group[name] = () => refuse(name)
  }
  Object.assign(env, {
    _emscripten_throw_longjmp: () => {
      throw LONG_JUMP
    },
    emscripten_resize_heap: (bytes: number) => grow(bytes >>> 0),
    mp_js_random_u32: () => Math.floor(Math.random() * 2 ** 32),
    mp_js_ticks_ms: () => Math.floor(performance.now()),
    mp_js_time_ms: () => Date.now(),
    // The module `js` is there and empty.
    lookup_attr: () => 0,
    has_attr: () => 0,
    proxy_js_free_obj: () => undefined,
  })
  Object.assign(wasi, { fd_close: () => BAD_FILE, fd_sync: () => BAD_FILE, fd_seek: () => NO_SEEK, fd_write: put })
  const { exports } = new WebAssembly.Instance(module, { env, wasi_snapshot_preview1: wasi })
  const engine = exports as unknown as Exports
  engine.emscripten_stack_init()
  engine.__wasm_call_ctors()
  engine.mp_js_init(STACK_BYTES, HEAP_BYTES)
  engine.proxy_c_init()
  return engine

  /** Calls a function of the engine's, and stops a long jump of its C code there. */
  function invoke(index: number, ...values: number[]): number | undefined {
    const before = engine.emscripten_stack_get_current()
    try {
      return engine.__indirect_function_table.get(index)(...values)
    } catch (error) {
      engine._emscripten_stack_restore(before)
      if (error !== LONG_JUMP) throw error
      engine.setThrew(1, 0)
      return undefined
    }
  }

  /** All growth comes by here: past the bound there is none. */
  function grow(bytes: number): number {
    const more = Math.ceil((bytes - engine.memory.buffer.byteLength) / PAGE_BYTES)
    if (bytes > MEMORY_BYTES) return 0
    if (more > 0) engine.memory.grow(more)
    return 1
  }

  function put(file: number, pieces: number, count: number, written: number): number {
    if (file !== 1 && file !== 2) return BAD_FILE
    const words = new DataView(engine.memory.buffer)
    let total = 0
    for (let at = pieces; at < pieces + count * 8; at += 8) {
      const length = words.getUint32(at + 4, true)
      write(new Uint8Array(engine.memory.buffer, words.getUint32(at, true), length))
      total += length
    }
    words.setUint32(written, total, true)
    return 0
  }
}

/** What C's `longjmp` throws. */
const LONG_JUMP = Number.POSITIVE_INFINITY

function refuse(name: string): never {
  if (name === 'fd_read') throw new Error(NOBODY)
  throw new Error('this reaches out of the sandbox, where nothing is')
}
