import { defineConfig } from 'vitest/config'
import { GENERAL_WASM_WRAPPERS } from './sidecar/foundation/wasm.ts'

/** Both kinds run in processes of their own: native add-ons and child processes do not belong in worker threads. */
const shared = {
  environment: 'node' as const,
  pool: 'forks' as const,
  // As the sidecar does: Node reads TypeScript with WebAssembly, in every thread.
  execArgv: [GENERAL_WASM_WRAPPERS],
}

export default defineConfig({
  test: {
    // Much of a test is waiting for processes; one at a time would leave a processor idle.
    maxWorkers: 2,
    projects: [
      {
        test: { ...shared, name: 'unit', include: ['test/unit/**/*.test.{ts,tsx}'], testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        test: {
          ...shared,
          name: 'integration',
          // Real processes on a machine that may stall; the report names what passed only when tried again.
          retry: process.env.CI ? 2 : 0,
          include: ['test/integration/**/*.test.{ts,tsx}'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
