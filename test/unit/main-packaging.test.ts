import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
/** electron-builder's own schema check, run in a process of its own: it is a large CommonJS program. */
const CHECK = `
import config from './build/electron-builder.config.mjs'
import { createRequire } from 'node:module'
const require = createRequire(createRequire(import.meta.resolve('electron-builder')).resolve('app-builder-lib'))
const { validateConfiguration } = require('./util/config/config.js')
const { DebugLogger } = require('builder-util')
await validateConfiguration(config, new DebugLogger(false))
const refused = await validateConfiguration({ ...config, bogus: 1 }, new DebugLogger(false)).then(() => false, () => true)
console.log(JSON.stringify({ config, refused }))
`

interface Packaging {
  files: string[]
  electronFuses: Record<string, boolean>
  mac: { target: string[]; hardenedRuntime: boolean; entitlements: string; entitlementsInherit: string; icon: string }
  linux: { target: string[]; icon: string }
  asarUnpack: string[]
}

let config: Packaging
let refused: boolean
beforeAll(() => {
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', CHECK], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 60_000,
  })
  ;({ config, refused } = JSON.parse(output) as { config: Packaging; refused: boolean })
}, 65_000)

describe('packaging', () => {
  it('passes the packager’s schema, which refuses what it does not know', () => expect(refused).toBe(true))

  it('burns in the fuses', () => {
    expect(config.electronFuses).toEqual({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      grantFileProtocolExtraPrivileges: false,
    })
  })

  it('makes dmg and zip, hardened, and AppImage and deb', () => {
    expect(config.mac).toMatchObject({ target: ['dmg', 'zip'], hardenedRuntime: true })
    expect(config.linux.target).toEqual(['AppImage', 'deb'])
  })

  it('asks macOS for no right but to compile as it runs', () => {
    for (const file of [config.mac.entitlements, config.mac.entitlementsInherit]) {
      const keys = [...readFileSync(join(ROOT, file), 'utf8').matchAll(/<key>(.*?)<\/key>/g)].map((match) => match[1])
      expect(keys).toEqual(['com.apple.security.cs.allow-jit'])
    }
  })

  it('names icons that are there, as large as each system asks', () => {
    const width = (file: string) => readFileSync(join(ROOT, file)).readUInt32BE(16)
    expect(width(config.mac.icon)).toBe(1024)
    expect(width(config.linux.icon)).toBe(512)
    expect(['trayTemplate.png', 'trayTemplate@2x.png', 'tray.png'].map((file) => width(`resources/icons/${file}`))).toEqual([
      16, 32, 32,
    ])
  })

  it('leaves out what is bundled, and nothing that runs from its own folder', () => {
    const left = (name: string) => config.files.includes(`!node_modules/${name}{,/**}`)
    for (const name of ['openai', 'hono', 'zod']) expect(left(name), name).toBe(true)
    const { dependencies } = JSON.parse(
      readFileSync(join(ROOT, 'node_modules/@anthropic-ai/sandbox-runtime/package.json'), 'utf8'),
    ) as { dependencies: Record<string, string> }
    for (const name of ['better-sqlite3', 'node-pty', '@anthropic-ai/sandbox-runtime', ...Object.keys(dependencies)]) {
      const nested = existsSync(join(ROOT, 'node_modules/@anthropic-ai/sandbox-runtime/node_modules', name))
      if (!nested) expect(left(name), name).toBe(false)
    }
    expect(config.asarUnpack).toContain('node_modules/@anthropic-ai/sandbox-runtime/vendor/**')
    expect(config.asarUnpack).toContain('resources/sandbox/{*.bpf,confine-*}')
  })
})
