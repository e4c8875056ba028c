import { spawn } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Box, BoxCommand } from '../../sidecar/sandbox/index.ts'
import type { MicrovmSandbox } from '../../sidecar/sandbox/microvm/index.ts'
import { openMicrovms, testVm } from '../fixtures/microvm.ts'

const vm = await testVm()
if (vm.missing !== undefined) console.warn(`Tests of microvms skipped: ${vm.missing}.`)

describe.skipIf(vm.missing !== undefined)('a box in a microvm', () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-microvm-')))
  const [home, person, workspace] = [join(root, 'oxbow'), join(root, 'person'), join(root, 'project, one')]
  let sandbox: MicrovmSandbox
  let box: Box

  const run = async (command: string, options: Partial<BoxCommand> = {}) => {
    let output = ''
    const onOutput = (text: string): void => {
      output += text
    }
    const signal = new AbortController().signal
    const exit = await box.run({ command, cwd: workspace, timeoutMs: 30_000, signal, onOutput, ...options })
    return { ...exit, output }
  }
  /** The processes of the machines of a home, as it noted them. */
  const machines = (of = home): number[] =>
    readdirSync(join(of, 'run/vm')).map((name) => Number(readFileSync(join(of, 'run/vm', name), 'utf8')))

  beforeAll(async () => {
    for (const path of [home, person, join(workspace, 'src')]) mkdirSync(path, { recursive: true })
    sandbox = openMicrovms(vm.images!, { home, tmpRoot: join(home, 'run/tmp'), personHome: person })
    box = await sandbox.open(workspace)
    expect(await run('echo booted')).toMatchObject({ code: 0, output: 'booted\n' })
  }, 120_000)
  afterAll(async () => {
    await box?.close()
    await sandbox?.close()
    rmSync(root, { recursive: true, force: true })
  })

  it('says that it is emulated', async () => {
    expect(await sandbox.readiness()).toMatchObject({ ready: true, warning: expect.stringContaining('emulated') })
  })

  it('tells how a command ended', async () => {
    expect(await run('echo out; echo err >&2; exit 3')).toEqual({ code: 3, signal: null, reason: 'exit', output: 'out\nerr\n' })
    expect(await run('kill -9 $$')).toMatchObject({ code: null, signal: 'SIGKILL', reason: 'exit' })
    expect(await run('cat; echo "read to the end"')).toMatchObject({ output: 'read to the end\n' })
    expect(await run('nothing-like-this')).toMatchObject({ code: 127 })
  })

  it('runs where it is told, with names that mean the same inside and outside', async () => {
    expect((await run('pwd', { cwd: join(workspace, 'src') })).output).toBe(`${join(workspace, 'src')}\n`)
    await expect(run('pwd', { cwd: '/etc' })).rejects.toMatchObject({ code: 'path.outside' })
  })

  it('shares the workspace both ways, also its own temp folder', async () => {
    writeFileSync(join(workspace, 'given'), 'from outside ✓')
    expect((await run('cat given; printf "from inside" > made; echo kept > "$TMPDIR/note"')).output).toBe('from outside ✓')
    expect(readFileSync(join(workspace, 'made'), 'utf8')).toBe('from inside')
    expect(readFileSync(join(box.tmp, 'note'), 'utf8')).toBe('kept\n')
    writeFileSync(join(workspace, 'made'), 'changed')
    expect((await run('cat made; mv made moved')).output).toBe('changed')
    expect(existsSync(join(workspace, 'moved'))).toBe(true)
  })

  it('keeps links of host and guest from leading to files of the host', async () => {
    writeFileSync(join(person, 'secret'), 'SECRET-4711')
    symlinkSync(person, join(workspace, 'host-link'))
    const tries = [
      `cat host-link/secret`,
      `cat '${person}/secret'`,
      `ln -sfn '${person}' guest-link; cat guest-link/secret`,
      `cat ../person/secret`,
      `cd src && cat ../../person/secret`,
      `echo evil > host-link/evil; echo evil > guest-link/evil; ln host-link/secret hard; cat hard`,
    ]
    const { output } = await run(tries.join('; '))
    expect(output).not.toContain('SECRET')
    expect(existsSync(join(person, 'evil'))).toBe(false)
    await expect(box.resolve('guest-link/secret', 'read')).rejects.toMatchObject({ code: 'path.outside' })
  })

  it('has no network but its own loopback', async () => {
    expect((await run('ls /sys/class/net')).output).toBe('lo\n')
  })

  it('ends a command with all it started, at a time-out and when it is cancelled', async () => {
    expect(await run('setsid sleep 300 & sleep 300', { timeoutMs: 300 })).toMatchObject({ code: null, reason: 'timeout' })
    const stop = new AbortController()
    const stubborn = `trap '' TERM; (setsid sleep 300 &); echo started; while :; do sleep 1; done`
    const cancelled = await run(stubborn, { signal: stop.signal, onOutput: () => stop.abort() })
    expect(cancelled).toMatchObject({ code: null, signal: 'SIGKILL', reason: 'cancelled' })
  })

  it('runs two commands at once', async () => {
    const [first, second] = await Promise.all([
      run('echo 1 > one; while [ ! -e two ]; do sleep 0.1; done; echo met'),
      run('echo 2 > two; while [ ! -e one ]; do sleep 0.1; done; echo met'),
    ])
    expect([first.output, second.output]).toEqual(['met\n', 'met\n'])
  })

  it('lets output wait for who takes it, and hands on all of it', async () => {
    let bytes = 0
    const slow = async (text: string): Promise<void> => {
      await new Promise((done) => setTimeout(done, 1))
      bytes += text.length
    }
    expect(await run('head -c 1000000 /dev/zero | tr "\\0" x', { onOutput: slow })).toMatchObject({ code: 0 })
    expect(bytes).toBe(1_000_000)
  })

  it('holds a process that goes on: input, output, kill', async () => {
    let output = ''
    const started = await box.start({
      command: 'while read line; do echo "got $line"; done; echo over',
      cwd: workspace,
      onOutput: (text) => {
        output += text
      },
    })
    await started.write('one\n')
    await started.write('two\n')
    await expect.poll(() => output, { timeout: 20_000 }).toBe('got one\ngot two\n')
    await started.kill()
    expect(await started.exit).toMatchObject({ reason: 'cancelled' })
    await expect(started.write('more')).rejects.toMatchObject({ code: 'process.ended' })
  })

  it('gives a terminal of the asked size, and another when it changes', async () => {
    let output = ''
    const terminal = { columns: 91, rows: 17 }
    const started = await box.start({
      command: 'stty size; tty; read x; stty size; exit 4',
      cwd: workspace,
      terminal,
      onOutput: (text) => {
        output += text
      },
    })
    await expect.poll(() => output, { timeout: 20_000 }).toMatch(/17 91\r\n\/dev\/pts\/\d+\r\n/)
    started.resize(50, 20)
    await started.write('on\n')
    expect(await started.exit).toEqual({ code: 4, signal: null, reason: 'exit' })
    expect(output).toContain('20 50')
  })

  it('refuses a command that is too long', async () => {
    await expect(run(`echo ${'x'.repeat(130_000)}`)).rejects.toMatchObject({ code: 'sandbox.tooLong' })
  })

  it('starts a new machine where the old one died, and says what happened to its commands', async () => {
    let output = ''
    const running = run('echo up; sleep 300', {
      timeoutMs: 60_000,
      onOutput: (text) => {
        output += text
      },
    })
    await expect.poll(() => output, { timeout: 20_000 }).toBe('up\n')
    for (const pid of machines()) process.kill(-pid, 'SIGKILL')
    expect(await running).toMatchObject({ code: null, signal: 'SIGKILL', reason: 'exit' })
    expect(await run('echo again')).toMatchObject({ code: 0, output: 'again\n' })
    expect(machines()).toHaveLength(1)
  }, 120_000)

  it('leaves no machine behind when the sidecar is killed', async () => {
    const other = join(root, 'other')
    const sidecar = spawn(process.execPath, [
      fileURLToPath(new URL('../fixtures/microvm-process.ts', import.meta.url)),
      vm.images!,
      other,
    ])
    let said = ''
    sidecar.stdout.on('data', (piece: Buffer) => {
      said += piece.toString()
    })
    await expect.poll(() => said, { timeout: 100_000 }).toBe('up\n')
    const [pid] = machines(other)
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').map(Number)
    expect(isAlive(child!)).toBe(true)
    sidecar.kill('SIGKILL')
    await expect.poll(() => [pid!, child!].filter(isAlive), { timeout: 20_000 }).toEqual([])
  }, 120_000)

  it('ends with its box', async () => {
    const pids = machines()
    await box.close()
    await expect.poll(() => pids.filter(isAlive), { timeout: 20_000 }).toEqual([])
    await expect(run('true')).rejects.toMatchObject({ code: 'sandbox.closed' })
  })
})

describe('a microvm that cannot be had', () => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-no-microvm-')))
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  it.skipIf(vm.missing !== undefined)('is refused with the command that builds one', async () => {
    const sandbox = openMicrovms(join(home, 'vm'), { home, tmpRoot: join(home, 'tmp') })
    expect(await sandbox.readiness()).toMatchObject({ ready: false, mend: 'oxbow sandbox build-vm' })
    await expect(sandbox.open(home)).rejects.toMatchObject({ code: 'sandbox.unavailable', hint: 'oxbow sandbox build-vm' })
  })

  it.skipIf(vm.missing !== undefined)('is refused where the settings ask for another than was built', async () => {
    const images = join(home, 'another')
    cpSync(vm.images!, images, { recursive: true })
    const manifest = JSON.parse(readFileSync(join(images, 'image.json'), 'utf8')) as object
    writeFileSync(join(images, 'image.json'), JSON.stringify({ ...manifest, madeOf: '{"path":"/srv/root.tar"}' }))
    const sandbox = openMicrovms(images, { home, tmpRoot: join(home, 'tmp') })
    expect(await sandbox.readiness()).toMatchObject({
      ready: false,
      reason: expect.stringContaining('sandbox.microvm.root'),
      mend: 'oxbow sandbox build-vm',
    })
  })

  it.skipIf(vm.missing !== undefined)('is refused where its image was changed', async () => {
    const images = join(home, 'changed')
    cpSync(vm.images!, images, { recursive: true })
    const { digest } = JSON.parse(readFileSync(join(images, 'image.json'), 'utf8')) as { digest: string }
    const folder = digest.slice(0, 16)
    appendFileSync(join(images, folder, 'initramfs'), 'x')
    const sandbox = openMicrovms(images, { home, tmpRoot: join(home, 'tmp') })
    expect(await sandbox.readiness()).toMatchObject({ ready: false, reason: expect.stringContaining('initramfs') })
  })
})

/** A process that is not merely waiting to be noticed as dead. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
