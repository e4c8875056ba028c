import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { findEngine } from '../../sidecar/sandbox/container/engine.ts'
import { hasImage, imageName, prepareImage } from '../../sidecar/sandbox/container/image.ts'
import { testImage } from '../fixtures/container-image.ts'

const found = await testImage()
// Where nothing runs, nothing would take it away again.
const root = found.image === undefined ? '' : mkdtempSync(join(tmpdir(), 'oxbow-recipe-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const recipe = (name: string, text: string): string => {
  mkdirSync(join(root, name))
  writeFileSync(join(root, name, 'Dockerfile'), text)
  return join(root, name)
}

it.skipIf(found.image === undefined)('an image is built from a recipe, with its progress, its failure and its end', async () => {
  const engine = await findEngine({
    setting: undefined,
    env: process.env,
    personHome: homedir(),
    uid: process.getuid?.(),
    platform: process.platform,
  })
  const name = imageName({})
  expect(name).toMatch(/^oxbow-sandbox:[0-9a-f]{12}$/)
  const had = await hasImage(engine, name)
  const lines: string[] = []
  const how = { onProgress: (line: string) => void lines.push(line), signal: new AbortController().signal }
  const wrong = recipe('wrong', `FROM ${found.image}\nRUN echo so far && exit 7\n`)
  await expect(prepareImage(engine, {}, how, wrong)).rejects.toMatchObject({
    code: 'sandbox.build',
    message: expect.stringContaining('non-zero code: 7'),
  })
  expect(lines).toContain('so far')
  const slow = recipe('slow', `FROM ${found.image}\nRUN sleep 60\n`)
  const stop = new AbortController()
  const stopped = prepareImage(engine, {}, { signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) }, slow)
  await expect(stopped).rejects.toThrow('enough')
  // A person's own image of this name is left as it is.
  if (had) return
  const right = recipe('right', `FROM ${found.image}\nLABEL made=test\n`)
  expect(await prepareImage(engine, {}, how, right)).toBe(name)
  expect(await hasImage(engine, name)).toBe(true)
  await engine.docker.getImage(name).remove({ force: true })
})
