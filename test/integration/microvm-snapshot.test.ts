import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Box } from '../../sidecar/sandbox/index.ts'
import type { MicrovmSandbox } from '../../sidecar/sandbox/microvm/index.ts'
import { openMicrovms, testVm } from '../fixtures/microvm.ts'

const vm = await testVm()
if (vm.missing !== undefined) console.warn(`Tests of the states of microvms skipped: ${vm.missing}.`)

describe.skipIf(vm.missing !== undefined)('the state of a microvm that came up', () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-microvm-')))
  const [home, snapshots] = [join(root, 'oxbow'), join(root, 'snapshots')]
  const boxes: Box[] = []
  let count = 0

  /** A sidecar of its own: it remembers nothing of what others looked at. */
  const sandboxOf = (): MicrovmSandbox =>
    openMicrovms(vm.images!, { home, tmpRoot: join(home, 'run/tmp'), personHome: join(root, 'person') }, { snapshots })

  async function open(
    sandbox: MicrovmSandbox,
  ): Promise<{ run(command: string): Promise<string>; workspace: string; line(): string }> {
    const workspace = join(root, `private-project-${++count}`)
    mkdirSync(workspace)
    const box = await sandbox.open(workspace)
    boxes.push(box)
    const known = new Set(machines())
    return {
      workspace,
      async run(command) {
        let output = ''
        const onOutput = (text: string): void => {
          output += text
        }
        const signal = new AbortController().signal
        const exit = await box.run({ command, cwd: workspace, timeoutMs: 60_000, signal, onOutput })
        expect(exit).toEqual({ code: 0, signal: null, reason: 'exit' })
        return output.trim()
      },
      line: () => {
        const pid = machines().find((one) => !known.has(one))
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      },
    }
  }

  const machines = (): string[] => {
    const notes = join(home, 'run/vm')
    return namesIn(notes).map((name) => readFileSync(join(notes, name), 'utf8'))
  }
  const states = (): string[] => namesIn(snapshots).filter((name) => name.endsWith('.state'))

  beforeAll(() => mkdirSync(join(root, 'person')))
  afterEach(async () => {
    await Promise.all(boxes.splice(0).map((box) => box.close()))
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it('is written once, and the next machines go on from it, each with its own folders, clock and random numbers', async () => {
    const first = await open(sandboxOf())
    const began = Date.now()
    expect(await first.run('echo up')).toBe('up')
    expect(first.line()).not.toContain('-incoming')
    expect(states()).toHaveLength(1)

    const sandbox = sandboxOf()
    const seen = new Set<string>()
    for (let n = 0; n < 2; n++) {
      const next = await open(sandbox)
      seen.add(await next.run('head -c 16 /dev/urandom | hexdump -C | head -1; cat /proc/sys/kernel/random/uuid'))
      expect(next.line()).toContain('-incoming')
      const now = Number(await next.run('date +%s')) * 1000
      expect(now).toBeGreaterThanOrEqual(began - 2000)
      expect(now).toBeLessThanOrEqual(Date.now() + 2000)
      expect(await next.run('pwd; echo mine > own.txt')).toBe(next.workspace)
      expect(readFileSync(join(next.workspace, 'own.txt'), 'utf8')).toBe('mine\n')
      expect(await next.run(`ls ${root}`)).not.toContain(first.workspace)
    }
    expect(seen.size).toBe(2)
    expect(states()).toHaveLength(1)
  }, 180_000)

  it('holds nothing of the box it was written for', () => {
    const state = readFileSync(join(snapshots, states()[0]!))
    for (const word of ['private-project', home]) expect(state.includes(word), word).toBe(false)
  })

  it('is not used once a byte of it was changed: the machine starts from the beginning, and writes it anew', async () => {
    const path = join(snapshots, states()[0]!)
    const bytes = readFileSync(path)
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(path, bytes)
    const box = await open(sandboxOf())
    expect(await box.run('echo up')).toBe('up')
    expect(box.line()).not.toContain('-incoming')
    const again = await open(sandboxOf())
    expect(await again.run('echo up')).toBe('up')
    expect(again.line()).toContain('-incoming')
  }, 180_000)

  it('that QEMU cannot go on from is left, and its machine starts all the same', async () => {
    const sandbox = sandboxOf()
    const box = await open(sandbox)
    expect(await box.run('echo up')).toBe('up')
    // Known as whole, and cut off behind our back.
    truncateSync(join(snapshots, states()[0]!), 1_000_000)
    const other = await open(sandbox)
    expect(await other.run('echo up')).toBe('up')
    expect(other.line()).not.toContain('-incoming')
    expect(states()).toEqual([])
  }, 180_000)
})

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
