import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from './failure.mjs'
import { withLock } from './lock.mjs'
import { isMusl, pinnedNode } from './node.mjs'
import { npm } from './npm.mjs'
import { run } from './run.mjs'

const MINE = 'Install Node 24 yourself (https://nodejs.org), then try again.'

/** The pinned Node in .toolchain, installed from the npm registry if it is not there. Returns its executable and version. */
export async function ensureToolchainNode(root, steps) {
  const pinned = pinnedNode(process.platform, process.arch)
  const where = `${process.platform}-${process.arch}`
  if (pinned === undefined) throw new Failure(`there is no Node for ${where} in the npm registry`, { hint: MINE })
  if (isMusl()) throw new Failure('the npm registry has no Node for Linux with musl', { hint: MINE })

  const folder = join(root, '.toolchain')
  const result = { node: join(folder, 'node_modules', pinned.name, 'bin', 'node'), version: pinned.version }
  if (isInstalled(folder, pinned)) return result
  const onWait = (pid) => steps.note(`process ${pid} is installing Node: waiting for it`)
  await withLock(join(folder, 'node.lock'), () => install(folder, pinned, result.node, steps), { onWait })
  return result
}

const stampFile = (folder) => join(folder, '.node-stamp')

function isInstalled(folder, pinned) {
  const stamp = stampFile(folder)
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === `${pinned.name}@${pinned.version}`
}

async function install(folder, pinned, node, steps) {
  if (isInstalled(folder, pinned)) return
  await steps.run(`node ${pinned.version} into .toolchain (yours is ${process.versions.node}; Oxbow needs 24)`, async () => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ private: true, dependencies: { [pinned.name]: pinned.version } }),
    )
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lockFor(pinned)))
    await npm(process.execPath, ['ci', '--ignore-scripts'], folder)
    const { code, output } = await run(node, ['--version'], { timeoutMs: 20_000 })
    if (code !== 0 || output.trim() !== `v${pinned.version}`) {
      throw new Failure(`the Node from the npm registry does not run here`, { hint: MINE, output })
    }
  })
  // Written last: an install that was cut off leaves no stamp, and is done again.
  writeFileSync(stampFile(folder), `${pinned.name}@${pinned.version}`)
}

/** A lock with the checksum we know, so that npm refuses any other content. */
function lockFor({ name, version, integrity }) {
  return {
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { dependencies: { [name]: version } },
      [`node_modules/${name}`]: { version, integrity },
    },
  }
}
