import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { guardsOf } from '../../sidecar/sandbox/guards.ts'
import { packCpio } from '../../sidecar/sandbox/microvm/cpio.ts'
import { encodeFrame, FrameReader, KIND, MOST_FRAME, strings } from '../../sidecar/sandbox/microvm/frames.ts'
import { GuardBook } from '../../sidecar/sandbox/microvm/guards.ts'
import { GuestProcess } from '../../sidecar/sandbox/microvm/guest-process.ts'
import { RunningMachines } from '../../sidecar/sandbox/microvm/orphans.ts'
import { Repositories } from '../../sidecar/sandbox/repositories.ts'

const root = mkdtempSync(join(tmpdir(), 'oxbow-microvm-unit-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('frames', () => {
  const frames = [
    { kind: KIND.output, id: 7, data: Buffer.from('héllo') },
    { kind: KIND.outputEnd, id: 7, data: Buffer.alloc(0) },
    { kind: KIND.exit, id: 0xffff_fff0, data: Buffer.alloc(1000, 1) },
  ]
  const bytes = Buffer.concat(frames.map(({ kind, id, data }) => encodeFrame(kind, id, data)))

  it('come whole from pieces of any size', () => {
    for (const size of [1, 2, 3, 4, 5, 7, 13, 100, bytes.length]) {
      const reader = new FrameReader()
      const read = []
      for (let at = 0; at < bytes.length; at += size) read.push(...reader.take(Buffer.from(bytes.subarray(at, at + size))))
      expect(read, `in pieces of ${size}`).toEqual(frames)
    }
  })

  it('are refused where the guest sends no frames', () => {
    const long = Buffer.alloc(4)
    long.writeUInt32BE(MOST_FRAME + 1)
    expect(() => new FrameReader().take(long)).toThrow('the guest sent a frame of')
    expect(() => new FrameReader().take(Buffer.alloc(4))).toThrow('the guest sent a frame of 0 bytes')
  })

  it('carry no word that would be two', () => {
    expect(strings(['a', 'b']).toString('latin1')).toBe('a\0b\0')
    expect(() => strings(['a\0b'])).toThrow('NUL')
  })
})

describe('an initramfs', () => {
  it('is the same bytes for the same entries, each on a boundary of four', () => {
    const pack = (): Buffer =>
      packCpio([
        { path: 'bin', kind: 'folder' },
        { path: 'bin/a', kind: 'file', mode: 0o755, data: Buffer.from('abc') },
      ])
    expect(pack()).toEqual(pack())
    expect(pack().length % 4).toBe(0)
    expect(
      pack()
        .toString('latin1')
        .match(/070701/g),
    ).toHaveLength(3)
    expect(pack().includes('TRAILER!!!')).toBe(true)
  })
})

describe('the guards of a workspace', () => {
  it('hold until what they guard is replaced', () => {
    const workspace = join(root, 'guarded')
    mkdirSync(join(workspace, '.git/hooks'), { recursive: true })
    writeFileSync(join(workspace, '.git/config'), 'one')
    const book = new GuardBook()
    const repositories = new Repositories(workspace)
    const names = () =>
      book
        .take(guardsOf(workspace, repositories.find()))
        .map(({ path, readOnly }) => `${readOnly ? 'ro' : 'rw'} ${path.slice(workspace.length)}`)
    expect(names()).toEqual(['rw /.git', 'ro /.git/hooks', 'ro /.git/config'])
    expect(names()).toEqual([])
    writeFileSync(join(workspace, '.git/next'), 'two')
    renameSync(join(workspace, '.git/next'), join(workspace, '.git/config'))
    writeFileSync(join(workspace, '.bashrc'), '')
    symlinkSync('/etc/profile', join(workspace, '.profile'))
    expect(names()).toEqual(['ro /.bashrc', 'ro /.git/config'])
  })
})

describe('input of a process in a guest', () => {
  const started = () => {
    const sent = Promise.withResolvers<void>()
    const process = new GuestProcess({ id: 1, send: () => sent.resolve(), onOutput: () => {}, onStuck: () => {} })
    return { process, sent: sent.promise }
  }

  it('counts as read where the process took it and ended right after', async () => {
    const { process, sent } = started()
    const writing = process.write('on\n')
    await sent
    process.tookInput(3)
    process.died({ code: 4, signal: null })
    await writing
    await expect(process.write('more')).rejects.toMatchObject({ code: 'process.ended' })
  })

  it('is refused where the process ended without taking it', async () => {
    const { process, sent } = started()
    const writing = process.write('on\n')
    await sent
    process.tookInput(2)
    process.died({ code: 4, signal: null })
    await expect(writing).rejects.toMatchObject({ code: 'process.ended' })
  })
})

describe('machines that outlived their sidecar', () => {
  it.skipIf(process.platform === 'win32')('are ended at the next start, and only they', async () => {
    const orphan = spawn('/bin/sh', ['-c', 'while :; do sleep 1; done', 'oxbow-vm-orphan'])
    const stranger = spawn('/bin/sh', ['-c', 'while :; do sleep 1; done', 'oxbow-vm-orphan-not'])
    try {
      const ended = once(orphan, 'exit')
      const machines = new RunningMachines(join(root, 'run'))
      await machines.note('oxbow-vm-orphan', 1)
      await machines.note('oxbow-vm-long-gone', 2)
      expect(await machines.sweep()).toBe(1)
      expect(await ended).toEqual([null, 'SIGKILL'])
      expect(readdirSync(join(root, 'run'))).toEqual([])
      expect(stranger.exitCode ?? stranger.signalCode).toBeNull()
    } finally {
      orphan.kill('SIGKILL')
      stranger.kill('SIGKILL')
    }
  })
})
