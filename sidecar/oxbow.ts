import manifest from '../package.json' with { type: 'json' }
import { runCli } from './doors/cli/index.ts'

/** The command line's process. A sidecar is loaded only by a command that finds none running and needs one. */
async function main(): Promise<void> {
  const code = await runCli({
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    version: manifest.version,
    terminal: process,
    startOwn: async (options) => (await import('./sidecar.ts')).startSidecar(options),
  })
  process.exit(code)
}

void main()
