import { resolve } from 'node:path'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

const at = (path: string) => resolve(import.meta.dirname, path)

/** Packages with native or vendored binaries: they find those by their own path, so they cannot be bundled. */
const external = [
  /^(better-sqlite3|@anthropic-ai\/sandbox-runtime|dockerode|node-pty|sqlite-vec|@silvia-odwyer\/photon-node|web-tree-sitter|tree-sitter-bash|@jitl\/quickjs-ng-wasmfile-release-sync|@micropython\/micropython-webassembly-pyscript)(\/|$)/,
]

export default defineConfig({
  // All that runs in Node: bundled, so that starting reads few files. What is imported dynamically stays a lazy chunk.
  // CommonJS: an ES import of `node:http` makes every one of its exports, and with them the whole of fetch.
  main: {
    root: import.meta.dirname,
    build: {
      outDir: at('out/main'),
      externalizeDeps: false,
      sourcemap: false,
      rolldownOptions: {
        external,
        // Schemas are made when their module loads: those that no entry uses wait in the chunk that does.
        treeshake: {
          moduleSideEffects: [{ test: /[\\/]sidecar[\\/](contract|doors|foundation|kernel|tools)[\\/]/, sideEffects: false }],
        },
        input: {
          main: at('main/main.ts'),
          web: at('main/web.ts'),
          sidecar: at('sidecar/entry.ts'),
          oxbow: at('sidecar/oxbow.ts'),
          media: at('sidecar/media/worker.ts'),
          'memory-worker': at('sidecar/memory/worker.ts'),
          'audit-worker': at('sidecar/audit/threads/worker.ts'),
          'wasm-worker': at('sidecar/sandbox/wasm/worker.ts'),
        },
        // Chunks lie beside the entries, so that import.meta.dirname is out/main wherever a module ends up.
        output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: '[name]-[hash].cjs' },
      },
    },
  },
  // A sandboxed preload script must be one CommonJS file.
  preload: {
    root: import.meta.dirname,
    build: {
      outDir: at('out/preload'),
      externalizeDeps: false,
      rolldownOptions: {
        input: at('preload/preload.ts'),
        output: { format: 'cjs', entryFileNames: 'preload.cjs', codeSplitting: false },
      },
    },
  },
  renderer: {
    root: at('renderer'),
    plugins: [react(), tailwindcss()],
    worker: { format: 'es' },
    build: {
      outDir: at('out/renderer'),
      minify: true,
      chunkSizeWarningLimit: 4_096,
      rolldownOptions: { input: at('renderer/index.html') },
    },
  },
})
