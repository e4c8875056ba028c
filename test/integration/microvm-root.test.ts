import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { checkShell, unpackArchive } from '../../sidecar/sandbox/microvm/root.ts'
import { testImage } from '../fixtures/container-image.ts'
import { temporaryFolder } from '../fixtures/log.ts'

const engine = await testImage()

type Files = Readonly<Record<string, string | { link: string }>>

/** A tar archive of files and links. */
function tarOf(files: Files): Buffer {
  const folder = temporaryFolder()
  for (const [path, what] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    if (typeof what === 'string') writeFileSync(join(folder, path), what, { mode: 0o755 })
    else symlinkSync(what.link, join(folder, path))
  }
  return execFileSync('tar', ['-c', '-C', folder, '.'], { maxBuffer: 1 << 26 })
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')
const LAYERS: Files[] = [
  {
    'usr/bin/bash': '#!',
    'etc/old': 'old',
    'etc/kept': 'kept',
    'data/a': 'a',
    'data/b': 'b',
    'was-file': 'x',
    bin: { link: 'usr/bin' },
  },
  { 'etc/.wh.old': '', 'data/.wh..wh..opq': '', 'data/c': 'c', 'was-file/now': 'folder', 'etc/kept': 'newer' },
]

/** An image of layers as an archive: as `docker save` writes it, or by OCI alone, behind a list for many computers. */
function archiveOf(layers: readonly Files[], form: 'docker' | 'oci'): string {
  const files: Record<string, string> = {}
  const place = temporaryFolder()
  const blob = (data: string | Buffer): string => {
    const path = `blobs/sha256/${sha256(data)}`
    mkdirSync(join(place, 'blobs/sha256'), { recursive: true })
    writeFileSync(join(place, path), data)
    return path
  }
  const digest = (path: string): string => `sha256:${path.split('/').at(-1)}`
  const paths = layers.map((layer) => blob(tarOf(layer)))
  if (form === 'docker') files['manifest.json'] = JSON.stringify([{ Config: 'x', Layers: paths }])
  else {
    const manifest = blob(JSON.stringify({ layers: paths.map((path) => ({ digest: digest(path) })) }))
    const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch }
    const many = [
      { digest: `sha256:${sha256('other')}`, platform: { os: 'linux', architecture: 's390x' } },
      { digest: digest(manifest), platform },
    ]
    files['oci-layout'] = '{"imageLayoutVersion":"1.0.0"}'
    files['index.json'] = JSON.stringify({ manifests: [{ digest: digest(blob(JSON.stringify({ manifests: many }))) }] })
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text)
  const file = join(temporaryFolder(), 'image.tar')
  execFileSync('tar', ['-c', '-f', file, '-C', place, '.'])
  return file
}

const unpack = (file: string): Promise<string> =>
  unpackArchive(file, { folder: temporaryFolder(), onProgress() {}, signal: AbortSignal.timeout(60_000) })

test.each(['docker', 'oci'] as const)('the layers of an image lie one over the other (%s)', async (form) => {
  const root = await unpack(archiveOf(LAYERS, form))
  const read = (path: string): string => readFileSync(join(root, path), 'utf8')
  expect([read('etc/kept'), read('data/c'), read('was-file/now')]).toEqual(['newer', 'c', 'folder'])
  for (const gone of ['etc/old', 'data/a', 'data/b', 'etc/.wh.old', 'data/.wh..wh..opq', 'manifest.json', 'blobs'])
    expect(existsSync(join(root, gone))).toBe(false)
  await checkShell(root)
})

test('no layer writes or removes anything outside, whatever links those below laid', async () => {
  const outside = temporaryFolder()
  writeFileSync(join(outside, 'kept'), 'mine')
  const link = { link: outside }
  const root = await unpack(
    archiveOf(
      [
        { 'bin/sh': '#!', away: link, deep: link },
        { 'away/.wh.kept': '', 'away/kept': 'theirs', 'deep/.wh..wh..opq': '' },
      ],
      'docker',
    ),
  )
  expect(readFileSync(join(outside, 'kept'), 'utf8')).toBe('mine')
  expect(readFileSync(join(root, 'away/kept'), 'utf8')).toBe('theirs')
})

test('an archive takes its layers from nowhere else', async () => {
  const place = temporaryFolder()
  writeFileSync(join(place, 'secret.tar'), tarOf({ secret: 'x' }))
  for (const layer of ['../secret.tar', join(place, 'secret.tar'), 'link']) {
    const parts = temporaryFolder()
    symlinkSync(join(place, 'secret.tar'), join(parts, 'link'))
    writeFileSync(join(parts, 'manifest.json'), JSON.stringify([{ Layers: [layer] }]))
    const file = join(temporaryFolder(), 'image.tar')
    execFileSync('tar', ['-c', '-f', file, '-C', parts, '.'])
    await expect(unpack(file)).rejects.toMatchObject({ code: 'sandbox.build', message: expect.stringContaining('lacks') })
  }
})

test('an exported container is its files, also with a manifest.json of its own', async () => {
  const file = join(temporaryFolder(), 'exported.tar')
  writeFileSync(file, tarOf({ 'usr/bin/sh': '#!', bin: { link: 'usr/bin' }, 'manifest.json': '{}' }))
  const root = await unpack(file)
  expect(readFileSync(join(root, 'manifest.json'), 'utf8')).toBe('{}')
  await checkShell(root)
})

test.each<[string, Files, boolean]>([
  [
    'is a link to a link',
    { 'usr/bin/dash': '#!', 'usr/bin/sh': { link: '/etc/sh' }, 'etc/sh': { link: '../usr/bin/dash' }, bin: { link: '/usr/bin' } },
    true,
  ],
  ['is missing', { 'bin/other': '#!' }, false],
  ['is a link to this computer', { 'bin/sh': { link: '../../../../../../../../bin/sh' } }, false],
  ['is a link to itself', { 'bin/sh': { link: 'sh' } }, false],
  ['is a folder', { 'bin/sh/x': '' }, false],
])('a shell that %s', async (_, files, good) => {
  const file = join(temporaryFolder(), 'exported.tar')
  writeFileSync(file, tarOf({ 'usr/x': '', ...files }))
  const checked = checkShell(await unpack(file))
  if (good) await checked
  else await expect(checked).rejects.toMatchObject({ code: 'sandbox.build', message: expect.stringContaining('no shell') })
})

test.skipIf(engine.image === undefined)('an image that an engine saved is its files', async () => {
  if (engine.image === undefined) return
  const file = join(temporaryFolder(), 'saved.tar')
  const { saveImage } = await import('../../sidecar/sandbox/container/index.ts')
  const how = { onProgress() {}, signal: AbortSignal.timeout(60_000) }
  await saveImage({ docker: engine.docker, place: 'the test', users: 'plain', version: '' }, engine.image, file, how)
  const root = await unpack(file)
  expect(existsSync(join(root, 'bin/busybox'))).toBe(true)
  await checkShell(root)
})
