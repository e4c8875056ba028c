/** `npm run package -- [mac|linux]`: installers for this platform (or the named one) in dist/. Publishes nothing. */
import { bootstrap } from './bootstrap.mjs'
import { build } from './build.mjs'
import { Failure, main } from './lib/failure.mjs'
import { inRoot, ROOT } from './lib/paths.mjs'
import { foreground } from './lib/run.mjs'
import { Steps } from './lib/steps.mjs'

await main(async () => {
  const [first, ...others] = process.argv.slice(2)
  const named = first === 'mac' || first === 'linux'
  const platform = named ? first : { darwin: 'mac', linux: 'linux' }[process.platform]
  if (platform === undefined) throw new Failure(`Oxbow is not packaged on ${process.platform}`, { exitCode: 2 })
  const rest = named ? others : process.argv.slice(2)

  const steps = new Steps()
  await bootstrap({ steps })
  await build({ steps })
  process.chdir(ROOT)
  const builder = inRoot('node_modules', 'electron-builder', 'cli.js')
  const args = [builder, `--${platform}`, '--config', 'build/electron-builder.config.mjs', '--publish', 'never', ...rest]
  return steps.run(`package for ${platform}`, () => foreground(process.execPath, args), { loud: true })
})
