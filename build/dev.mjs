/** `npm run dev`: like `npm start`, but what changes is rebuilt and reloaded at once. */
import { rmSync } from 'node:fs'
import { bootstrap } from './bootstrap.mjs'
import { electronRuntime, noWindowBecause } from './lib/electron.mjs'
import { main } from './lib/failure.mjs'
import { inRoot, ROOT } from './lib/paths.mjs'
import { Steps } from './lib/steps.mjs'
import { ensureTools, PRODUCT_TOOLS } from './lib/tools.mjs'
import { WebShell } from './lib/web-shell.mjs'

const DEV_PORT = 5173

await main(async () => {
  const steps = new Steps()
  const args = process.argv.slice(2)
  await bootstrap({ steps })
  await ensureTools(PRODUCT_TOOLS, steps)
  process.chdir(ROOT)
  // What is built here is for development: the next `npm start` builds anew.
  rmSync(inRoot('out', '.stamp'), { force: true })

  const noWindow = noWindowBecause({ platform: process.platform, env: process.env, isRoot: process.getuid?.() === 0 })
  const because = args.includes('--web')
    ? '--web'
    : (noWindow ?? (electronRuntime() ? undefined : "Electron's runtime is not here"))
  const inline = { configFile: inRoot('electron.vite.config.ts'), root: ROOT, build: { watch: {} } }
  if (because === undefined) {
    const electronVite = await import('electron-vite')
    return electronVite.createServer(inline, {})
  }
  steps.note(`in the browser: ${because}`)
  await developInBrowser(inline, { open: noWindow === undefined && !args.includes('--no-open') })
})

/**
 * Vite serves the screen with hot reload and passes everything else on to the sidecar; the sidecar starts again, on the same
 * port, whenever it was rebuilt.
 */
async function developInBrowser(inline, { open }) {
  const { resolveConfig } = await import('electron-vite')
  const vite = await import('vite')
  const { config } = await resolveConfig({ ...inline, logLevel: 'warn' }, 'serve', 'development')

  const shell = new WebShell(inRoot('out', 'main', 'web.cjs'))
  process.once('SIGINT', () => end(0)).once('SIGTERM', () => end(0))
  const end = async (code) => {
    await shell.stop()
    process.exit(code)
  }
  const watcher = await vite.build(config.main)
  const link = await new Promise((resolve) => {
    watcher.on('event', async (event) => {
      if (event.code === 'ERROR') console.error(String(event.error?.message ?? event.error))
      if (event.code === 'END') await shell.restart(resolve)
    })
  })

  const target = link.origin
  // The sidecar answers only to its own name and to its own pages.
  const passOn = { target, changeOrigin: true, headers: { origin: target } }
  const server = await vite.createServer(
    vite.mergeConfig(config.renderer, {
      plugins: [tokenFrom(target)],
      server: {
        host: '127.0.0.1',
        port: DEV_PORT,
        open: open && `/${link.search}`,
        proxy: { '/ws': { ...passOn, ws: true }, '/api': passOn, '/health': passOn, '/openapi.json': passOn },
      },
    }),
  )
  await server.listen()
  const { port } = server.httpServer.address()
  console.log(`Oxbow is ready at http://127.0.0.1:${port}/${link.search}`)
}

/** Redeems the ticket of a page's address at the sidecar, and hands the page the token as the sidecar's own page would. */
function tokenFrom(target) {
  return {
    name: 'oxbow-token',
    async transformIndexHtml(html, { originalUrl = '/' }) {
      const { search, searchParams } = new URL(originalUrl, target)
      if (!searchParams.has('ticket')) return html
      const answer = await fetch(`${target}/${search}`, { signal: AbortSignal.timeout(5_000) })
      const tag = /<meta name="oxbow-token"[^>]*>/
      const given = tag.exec(await answer.text())?.[0]
      return given === undefined ? html : html.replace(tag, given)
    },
  }
}
