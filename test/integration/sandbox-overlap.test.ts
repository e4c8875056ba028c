import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createContainerSandbox } from '../../sidecar/sandbox/container/index.ts'
import { EXCHANGED, INIT } from '../../sidecar/sandbox/container/scripts.ts'
import { EntranceCache } from '../../sidecar/sandbox/entrance-cache.ts'
import { type Box, createProcessSandbox, openFile, type Sandbox } from '../../sidecar/sandbox/index.ts'
import { runLine } from '../../sidecar/sandbox/run.ts'
import { COMMAND_VARIABLE, TEST_VARIABLE } from '../../sidecar/sandbox/runtime.ts'
import { Ward } from '../../sidecar/sandbox/ward.ts'
import { testImage } from '../fixtures/container-image.ts'
import { openMicrovms, testVm } from '../fixtures/microvm.ts'

const roots: string[] = []
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true })
})

/** A person with a secret, who has one session in `code` and another in `code/pkg`. */
function person() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-overlap-')))
  roots.push(root)
  const personHome = join(root, 'person')
  const outer = join(personHome, 'code')
  const inner = join(outer, 'pkg')
  for (const folder of [inner, join(personHome, '.ssh'), join(personHome, '.oxbow')]) mkdirSync(folder, { recursive: true })
  writeFileSync(join(personHome, '.ssh/id'), 'SECRET')
  const home = join(root, 'oxbow')
  return { personHome, outer, inner, places: { home, tmpRoot: join(home, 'tmp'), personHome } }
}

const exchange = (inner: string): void => {
  renameSync(inner, `${inner}-moved`)
  symlinkSync('..', inner)
}

async function run(box: Box, command: string): Promise<string> {
  let output = ''
  const onOutput = (text: string): void => {
    output += text
  }
  await box.run({ command, cwd: box.workspace, timeoutMs: 90_000, signal: new AbortController().signal, onOutput })
  return output
}

const image = await testImage()
const vm = await testVm()
const settings = { image: image.image, memoryMb: 192, cpus: 2, maxProcesses: 64, idleMinutes: 5 }
const log = { debug() {}, warn() {} }
type Places = ReturnType<typeof person>['places']
const tiers: [name: string, missing: string | undefined, make: (places: Places) => Sandbox][] = [
  ['process', undefined, (places) => createProcessSandbox({ ...places, allowHosts: [] })],
  [
    'container',
    image.image === undefined ? image.missing : undefined,
    (places) => createContainerSandbox({ ...places, settings, log }),
  ],
  ['microvm', vm.missing, (places) => openMicrovms(vm.images!, places)],
]

describe.each(tiers)('a workspace in another session’s workspace, in the %s tier', (_, missing, make) => {
  it.skipIf(missing !== undefined)('is the folder that it was, or nothing is run, read or written', async () => {
    const { personHome, outer, inner, places } = person()
    const sandbox = make(places)
    const [around, box] = [await sandbox.open(outer), await sandbox.open(inner)]
    try {
      await run(around, 'mv pkg pkg-moved; ln -s .. pkg')
      expect(readdirSync(outer)).toContain('pkg-moved')
      await expect(run(box, 'cat .ssh/id; echo evil > evil')).rejects.toMatchObject({ code: 'sandbox.replaced' })
      await expect(openFile(box, 'code')).rejects.toMatchObject({ code: 'sandbox.replaced' })
      await expect(box.resolve('new', 'write')).rejects.toMatchObject({ code: 'sandbox.replaced' })
      expect(readdirSync(personHome)).not.toContain('evil')
      rmSync(inner)
      renameSync(`${inner}-moved`, inner)
      expect(await run(box, 'echo back')).toContain('back')
    } finally {
      await Promise.all([around.close(), box.close()])
      await sandbox.close()
    }
  })
})

describe.skipIf(process.platform !== 'linux')('what is exchanged after it was looked at', () => {
  it('keeps a command in the process tier from running', async () => {
    const { personHome, inner, places } = person()
    const tmp = join(places.home, 'tmp')
    mkdirSync(tmp, { recursive: true })
    const fence = { workspace: inner, tmp, unreadable: [join(personHome, '.ssh')], readable: [], roots: [] }
    const entrances = new EntranceCache(() => fence, personHome, new Ward(inner))
    const { line, test, release } = await entrances.enter()
    let output = ''
    const command = {
      command: 'cat .ssh/id; echo evil > evil; echo ran',
      cwd: tmp,
      timeoutMs: 20_000,
      signal: new AbortController().signal,
      onOutput(text: string) {
        output += text
      },
    }
    exchange(inner)
    const env = { PATH: '/usr/bin:/bin', [TEST_VARIABLE]: test, [COMMAND_VARIABLE]: `cd '${inner}'; ${command.command}` }
    expect(await runLine(line, command, env)).toMatchObject({ code: 126 })
    release()
    expect(output).toContain('exchanged')
    expect(output).not.toContain('ran')
    expect(readdirSync(personHome)).not.toContain('evil')
  })

  it('ends the first process of a container', () => {
    const { personHome, inner, places } = person()
    mkdirSync(places.tmpRoot, { recursive: true })
    const sign = join(places.tmpRoot, 'sign')
    writeFileSync(sign, 'sign\n')
    const identity = (path: string): string => `${statSync(path).dev}:${statSync(path).ino}`
    const start = (known: readonly string[]): string | number => {
      const words = ['sign', sign, '', known.join('\n'), places.tmpRoot, inner, personHome]
      try {
        return execFileSync('/bin/sh', ['-c', INIT, 'init', ...words], { input: '', encoding: 'utf8' })
      } catch (error) {
        return (error as { status: number }).status
      }
    }
    const known = [places.tmpRoot, inner, personHome].map(identity)
    expect(start(known)).toContain('oxbow-ready')
    expect(start([...known.slice(0, 2), known[0]!])).toBe(EXCHANGED)
    expect(start(['1:1', '1:2', '1:3']), 'the numbers of another computer').toContain('oxbow-ready')
    exchange(inner)
    expect(start(known)).toBe(EXCHANGED)
  })
})
