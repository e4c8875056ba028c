import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

/** What the built code imports at run time (`external` in electron.vite.config.ts); all else is bundled into out/. */
const EXTERNAL = [
  'better-sqlite3',
  '@anthropic-ai/sandbox-runtime',
  'dockerode',
  '@silvia-odwyer/photon-node',
  'web-tree-sitter',
  'tree-sitter-bash',
  '@jitl/quickjs-ng-wasmfile-release-sync',
  '@micropython/micropython-webassembly-pyscript',
  'node-pty',
]

/** Patterns that keep every other production package out of the application. */
function unusedPackages() {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  const kept = new Set()
  const keep = (name, from) => {
    for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
      const place = folder ? `${folder}/node_modules/${name}` : `node_modules/${name}`
      if (packages[place]) {
        if (kept.has(place)) return
        kept.add(place)
        for (const needed of Object.keys(packages[place].dependencies ?? {})) keep(needed, place)
        return
      }
      if (!folder) return
    }
  }
  for (const name of EXTERNAL) keep(name, '')
  return Object.keys(packages)
    .filter((place) => place.startsWith('node_modules/') && place.lastIndexOf('node_modules/') === 0)
    .filter((place) => !packages[place].dev && !kept.has(place))
    .map((place) => `!${place}{,/**}`)
}

/** @type {import('electron-builder').Configuration} */
export default {
  appId: 'dev.oxbow.app',
  productName: 'Oxbow',
  copyright: 'The Oxbow authors, MIT licence',
  directories: { output: 'dist', buildResources: 'resources/icons' },
  files: [
    'out/**',
    'package.json',
    'resources/icons/*.png',
    'resources/models.{json,LICENSE}',
    'resources/embedding/**',
    'resources/microvm/**',
    'resources/sandbox/**',
    ...unusedPackages(),
    '!node_modules/better-sqlite3/{deps,src}{,/**}',
    '!node_modules/better-sqlite3/prebuilds/{win32,linuxmusl}-*',
    '!node_modules/node-addon-api{,/**}',
    '!node_modules/node-gyp-build{,/**}',
    '!node_modules/tree-sitter-bash/{bindings,prebuilds,queries,src}{,/**}',
    '!node_modules/web-tree-sitter/debug{,/**}',
    '!node_modules/@micropython/micropython-webassembly-pyscript/*.mjs',
    '!node_modules/@jitl/quickjs-ng-wasmfile-release-sync/dist/emscripten-module.{browser,cloudflare}.*',
    '!node_modules/node-pty/{deps,scripts,src,third_party,typings}{,/**}',
    '!node_modules/node-pty/prebuilds/win32-*{,/**}',
    '!node_modules/node-pty/build/{Makefile,config.gypi,*.mk}',
    '!node_modules/node-pty/build/Release/{obj,obj.target,.deps}{,/**}',
    '!node_modules/@anthropic-ai/sandbox-runtime/vendor/srt-win{,/**}',
    '!node_modules/**/*.{map,ts,mts,cts}',
  ],
  // A program inside the archive cannot be executed, and an add-on there is copied out at every start.
  asar: true,
  asarUnpack: ['**/*.node', 'resources/sandbox/{*.bpf,confine-*}', 'node_modules/@anthropic-ai/sandbox-runtime/vendor/**'],
  // Our add-ons bring their own binaries; that of node-pty for Linux was compiled when it was installed.
  npmRebuild: false,
  publish: null,
  electronFuses: {
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
  },
  mac: {
    category: 'public.app-category.developer-tools',
    icon: 'resources/icons/icon.png',
    target: ['dmg', 'zip'],
    hardenedRuntime: true,
    gatekeeperAssess: false,
    entitlements: 'build/entitlements.mac.plist',
    entitlementsInherit: 'build/entitlements.mac.plist',
  },
  linux: {
    category: 'Development;Utility',
    icon: 'resources/icons/512x512.png',
    target: ['AppImage', 'deb'],
    executableName: 'oxbow',
    maintainer: 'The Oxbow authors',
    synopsis: 'An agent operating system on your own computer',
    desktop: { entry: { Name: 'Oxbow', StartupWMClass: 'Oxbow', Keywords: 'agent;assistant;code;' } },
  },
  deb: { recommends: ['libayatana-appindicator3-1', 'bubblewrap', 'socat', 'ripgrep'] },
}
