import { setFlagsFromString } from 'node:v8'

/** For a process that has it on its command line from the start. */
export const GENERAL_WASM_WRAPPERS = '--wasm-wrapper-tiering-budget=1000000000'

/**
 * Keeps V8 from compiling a way out of WebAssembly for each kind of import that is called often. All threads share these, and one
 * that replaces and frees them beside another ended the whole process (V8 13.6: "Check failed: jit_page.has_value()" in
 * `TierUpWasmToJSWrapper`); the general way out does the same. It holds for modules instantiated from now on. Only once all is
 * loaded: V8 refuses code compiled under other flags.
 */
export function keepGeneralWasmWrappers(): void {
  setFlagsFromString(GENERAL_WASM_WRAPPERS)
}
