import { createHash } from 'node:crypto'
import { readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { MachineSpec } from '../../sidecar/sandbox/microvm/machine.ts'
import { Monitor } from '../../sidecar/sandbox/microvm/monitor.ts'
import { MICROVM_DEFAULTS } from '../../sidecar/sandbox/microvm/settings.ts'
import { keyOf, Snapshots } from '../../sidecar/sandbox/microvm/snapshots.ts'
import { temporaryFolder } from '../fixtures/log.ts'

const image = { folder: '/vm', kernel: 'kernel', initramfs: 'initramfs', agent: 'agent', digest: 'd1', kernelRelease: '6' }
const share = (path: string) => ({ tag: 'workspace', path, guards: [] })
const spec: MachineSpec = { image, accelerator: 'tcg', settings: MICROVM_DEFAULTS, shares: [share('/a')], name: 'one' }

describe('states of machines', () => {
  /** Writes one as a machine would. */
  async function written(snapshots: Snapshots, of: MachineSpec, text = 'state'): Promise<void> {
    const place = (await snapshots.place(of))!
    writeFileSync(place, text)
    await snapshots.keep(of, place, { bytes: text.length, sha256: createHash('sha256').update(text).digest('hex') })
  }

  it('are for machines that differ in name and folders only', () => {
    expect(keyOf({ ...spec, name: 'two', shares: [share('/b')] })).toBe(keyOf(spec))
    const others: MachineSpec[] = [
      { ...spec, image: { ...image, digest: 'd2' } },
      { ...spec, accelerator: 'kvm' },
      { ...spec, settings: { ...MICROVM_DEFAULTS, memoryMb: MICROVM_DEFAULTS.memoryMb + 1 } },
      { ...spec, settings: { ...MICROVM_DEFAULTS, cpus: MICROVM_DEFAULTS.cpus + 1 } },
      { ...spec, shares: [share('/a'), { tag: 'shared', path: '/s', guards: [] }] },
    ]
    expect(new Set([spec, ...others].map(keyOf)).size).toBe(others.length + 1)
  })

  it('are found as they were written, and not when they were changed, cut or never finished', async () => {
    const folder = temporaryFolder()
    await written(new Snapshots(folder), spec)
    const file = join(folder, `${keyOf(spec)}.state`)
    expect(await new Snapshots(folder).find(spec)).toBe(file)
    for (const text of ['statE', 'stat', 'state ']) {
      writeFileSync(file, text)
      expect(await new Snapshots(folder).find(spec), text).toBeUndefined()
    }
    writeFileSync(file, 'state')
    expect(await new Snapshots(folder).find(spec)).toBe(file)
    for (const note of ['', 'null', '{"bytes":5}']) {
      writeFileSync(join(folder, `${keyOf(spec)}.json`), note)
      expect(await new Snapshots(folder).find(spec), note).toBeUndefined()
    }
  })

  it('that a machine cannot go on from are gone, and not tried again by this sidecar', async () => {
    const folder = temporaryFolder()
    const snapshots = new Snapshots(folder)
    await written(snapshots, spec)
    await snapshots.giveUp(spec)
    expect(readdirSync(folder)).toEqual([])
    expect(await snapshots.place(spec)).toBeUndefined()
    expect(await new Snapshots(folder).place(spec)).toBeDefined()
  })

  it('are four at most, the newest, and what a crash left unfinished goes', async () => {
    const folder = temporaryFolder()
    const snapshots = new Snapshots(folder)
    for (const name of ['a.new', 'b.new.json']) {
      writeFileSync(join(folder, name), '')
      utimesSync(join(folder, name), 1, 1)
    }
    const specs = [1, 2, 3, 4, 5, 6].map((cpus) => ({ ...spec, settings: { ...MICROVM_DEFAULTS, cpus } }))
    for (const [nth, one] of specs.entries()) {
      await written(snapshots, one)
      utimesSync(join(folder, `${keyOf(one)}.state`), nth, nth)
    }
    const kept = specs.slice(-4).flatMap((one) => [`${keyOf(one)}.json`, `${keyOf(one)}.state`])
    expect(readdirSync(folder).sort()).toEqual(kept.sort())
  })
})

describe("QEMU's own door", () => {
  /** Answers each command by its name. */
  function qemu(answers: Record<string, (asked: number) => object>): { channel: Duplex; asked: string[] } {
    const asked: string[] = []
    const channel = new Duplex({
      read() {},
      write(line, _encoding, done) {
        const { execute, id } = JSON.parse(String(line)) as { execute: string; id: number }
        asked.push(execute)
        const nth = asked.filter((one) => one === execute).length
        channel.push(`{"event": "STOP"}\n${JSON.stringify({ id, ...(answers[execute]?.(nth) ?? { return: {} }) })}\n`)
        done()
      },
    })
    return { channel, asked }
  }

  it('waits until a state is written, and lets the machine go on', async () => {
    const { channel, asked } = qemu({ 'query-migrate': (nth) => ({ return: { status: nth < 3 ? 'active' : 'completed' } }) })
    await new Monitor(channel).saveState('unix:/state/socket')
    expect(asked).toEqual([
      ...['qmp_capabilities', 'migrate-set-parameters', 'migrate'],
      ...['query-migrate', 'query-migrate', 'query-migrate', 'cont'],
    ])
  })

  it.each([
    [
      'a machine that cannot',
      { migrate: () => ({ error: { class: 'GenericError', desc: 'a device bars it' } }) },
      'a device bars it',
    ],
    [
      'a failure',
      { 'query-migrate': () => ({ return: { status: 'failed', 'error-desc': 'the disk is full' } }) },
      'the disk is full',
    ],
    ['words that are none', { 'query-migrate': () => ({ return: 7 }) }, /./],
  ])('tells %s', async (_, answers, why) => {
    await expect(new Monitor(qemu(answers).channel).saveState('unix:/state/socket')).rejects.toThrow(why)
  })

  it('fails where QEMU goes away', async () => {
    const channel = new Duplex({ read() {}, write: (_line, _encoding, done) => done() })
    const saving = new Monitor(channel).saveState('unix:/state/socket')
    channel.destroy()
    await expect(saving).rejects.toThrow('does not answer any more')
  })
})
