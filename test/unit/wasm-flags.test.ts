import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test('what V8 is told of WebAssembly is something it knows', () => {
  const file = join(import.meta.dirname, '../../sidecar/foundation/wasm.ts')
  const code = `import { keepGeneralWasmWrappers } from ${JSON.stringify(file)}; keepGeneralWasmWrappers()`
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})
