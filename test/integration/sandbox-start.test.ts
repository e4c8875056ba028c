import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Box, type BoxProcess, createProcessSandbox } from '../../sidecar/sandbox/index.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-start-')))
const workspace = join(root, 'workspace')
mkdirSync(workspace)
mkdirSync(join(root, 'person'))
// What a shell that takes itself for a remote one would run, outside the box too.
for (const name of ['.bashrc', '.profile']) writeFileSync(join(root, 'person', name), `echo sourced; touch ${root}/sourced\n`)
const sandbox = createProcessSandbox({
  home: join(root, 'home'),
  tmpRoot: join(root, 'home', 'tmp'),
  personHome: join(root, 'person'),
  allowHosts: [],
})
const readiness = await sandbox.readiness()
if (!readiness.ready) console.warn(`Tests of started processes skipped: ${readiness.reason}. ${readiness.mend}`)

let box: Box
beforeAll(async () => {
  box = await sandbox.open(workspace)
})
afterAll(async () => {
  await box.close()
  rmSync(root, { recursive: true, force: true })
})

interface Followed {
  process: BoxProcess
  output(): string
  /** Settles when the output matches. */
  until(pattern: RegExp): Promise<string>
}

async function start(command: string, inBox = box, terminal?: { columns: number; rows: number }): Promise<Followed> {
  let output = ''
  const process = await inBox.start({
    command,
    cwd: workspace,
    ...(terminal && { terminal }),
    onOutput: (text) => {
      output += text
    },
  })
  const until = async (pattern: RegExp): Promise<string> => {
    for (let tries = 0; tries < 1500 && !pattern.test(output); tries += 1) await sleep(20)
    expect(output).toMatch(pattern)
    return output
  }
  return { process, output: () => output, until }
}

describe.skipIf(!readiness.ready)('a started process', () => {
  it('reads what is written to it, prints in order, and ends by itself', async () => {
    const { process, until, output } = await start(
      'echo ready >&2; while read line; do echo "got $line"; [ "$line" = end ] && exit 7; done',
    )
    await until(/ready/)
    await process.write('one 🐂\n')
    await until(/got one 🐂/)
    await process.write('end\n')
    expect(await process.exit).toEqual({ code: 7, signal: null, reason: 'exit' })
    expect(output()).toBe('ready\ngot one 🐂\ngot end\n')
    await expect(process.write('more')).rejects.toMatchObject({ code: 'process.ended' })
    await process.kill()
  })

  it('runs none of the person’s start-up files, though its input is a socket', async () => {
    const { process, output } = await start('echo first; bash -c "echo second"')
    await process.exit
    expect(output()).toBe('first\nsecond\n')
    expect(existsSync(join(root, 'sourced'))).toBe(false)
  })

  it('has the environment and the fence of every command', async () => {
    const { process, output } = await start(`echo $TMPDIR; pwd; touch ${root}/outside; ls ${root}/home`)
    await process.exit
    const [tmp, cwd, ...refused] = output().trim().split('\n')
    expect([tmp, cwd]).toEqual([box.tmp, workspace])
    expect(refused.join('\n')).toContain('Read-only file system')
  })

  it('is killed with all that it started', async () => {
    const { process, until } = await start('setsid sleep 4711 & (trap "" TERM; echo ready; sleep 4712)')
    await until(/ready/)
    await process.kill()
    expect(await process.exit).toMatchObject({ reason: 'cancelled' })
    expect(
      await box.run({
        command: 'true',
        cwd: workspace,
        timeoutMs: 20_000,
        signal: new AbortController().signal,
        onOutput: () => {},
      }),
    ).toMatchObject({ code: 0 })
    expect(runningSleeps()).toEqual([])
  })

  it('ends with its box', async () => {
    const other = await sandbox.open(workspace)
    const { process, until } = await start('echo ready; sleep 4713', other)
    await until(/ready/)
    await other.close()
    expect(await process.exit).toMatchObject({ reason: 'cancelled' })
    expect(runningSleeps()).toEqual([])
    await expect(start('true', other)).rejects.toMatchObject({ code: 'sandbox.closed' })
  })

  it('waits in the pipe while its output is not taken', async () => {
    let taken = 0
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const process = await box.start({
      command: 'yes | head -c 20000000; echo; echo done > flood-ended',
      cwd: workspace,
      onOutput: (text) => {
        taken += text.length
        return gate
      },
    })
    while (taken === 0) await sleep(20)
    await sleep(300)
    expect(taken).toBeLessThan(1 << 20)
    expect((await box.resolve('flood-ended', 'read').catch((error) => error)).code).toBe('path.notFound')
    open()
    expect(await process.exit).toMatchObject({ code: 0 })
    expect(taken).toBe(20_000_001)
  })

  it('makes a writer wait while it does not read, and tells it when it ends', async () => {
    const { process, until } = await start('echo ready; sleep 4714')
    await until(/ready/)
    const writing = process.write('x'.repeat(4 << 20))
    expect(await Promise.race([writing, sleep(200, 'waits')])).toBe('waits')
    await process.kill()
    await expect(writing).rejects.toMatchObject({ code: 'process.ended' })
  })

  it('ends when its output cannot be taken', async () => {
    const process = await box.start({
      command: 'echo x; sleep 4715',
      cwd: workspace,
      onOutput: () => {
        throw new Error('full')
      },
    })
    expect(await process.exit).toMatchObject({ reason: 'cancelled' })
    expect(runningSleeps()).toEqual([])
  })
})

describe.skipIf(!readiness.ready || process.platform !== 'linux')('a process in a terminal', () => {
  const SIZE = { columns: 90, rows: 25 }

  it('has it as its own: its size, Ctrl-C, jobs, the end of input', async () => {
    const { process, until } = await start('exec /bin/bash --norc -i', box, SIZE)
    await until(/# |\$ /)
    await process.write('stty size; echo "in $(ps -o tpgid= -p $$ 2>/dev/null | wc -l) $TERM"\n')
    await until(/25 90\r\n/)
    await until(/in \d xterm-256color/)
    process.resize(40, 12)
    await process.write('stty size\n')
    await until(/12 40\r\n/)
    await process.write('sleep 4716\n')
    await until(/sleep 4716\r\n/)
    while (runningSleeps().length === 0) await sleep(20)
    await process.write('\x03')
    await process.write('echo still $((40 + 2))\n')
    await until(/still 42/)
    expect(runningSleeps()).toEqual([])
    await process.write('echo "cat follows"; cat\n')
    await until(/cat follows\r\n/)
    await process.write('typed\n')
    await until(/typed\r\ntyped/)
    await process.write('\x04')
    await process.write('exit 3\n')
    expect(await process.exit).toEqual({ code: 3, signal: null, reason: 'exit' })
    await expect(process.write('more')).rejects.toMatchObject({ code: 'process.ended' })
    process.resize(10, 10)
  })

  it('is killed with all that it started, and ends with its box', async () => {
    const { process, until } = await start('nohup setsid sleep 4717 & trap "" TERM HUP; echo ready; sleep 4717', box, SIZE)
    await until(/ready/)
    await process.kill()
    expect(await process.exit).toMatchObject({ reason: 'cancelled' })
    expect(runningSleeps()).toEqual([])
  })

  it('holds no terminal but its own, and no other process holds it', async () => {
    const terminal = await start('echo ready; read line; echo "line: $line"; sleep 4718', box, SIZE)
    await terminal.until(/ready/)
    const look = 'ls -l /proc/self/fd'
    const plain = await start(look)
    await plain.process.exit
    expect(plain.output()).toMatch(/0 -> /)
    expect(plain.output()).not.toMatch(/ptmx|pts|console|tty/)
    const second = await start(look, box, SIZE)
    await second.process.exit
    expect(second.output()).not.toMatch(/ptmx/)
    expect(
      second
        .output()
        .match(/\d+ -> .*(?:pts|console|tty).*/g)
        ?.map((line) => line.split(' ')[0]),
    ).toEqual(['0', '1', '2'])
    await terminal.process.kill()
    expect(terminal.output()).toBe('ready\r\n')
  })

  it('types into no terminal but its own', async () => {
    const type = 'import fcntl,termios,sys\nfor c in "touch evil\\n":\n  fcntl.ioctl(int(sys.argv[1]), termios.TIOCSTI, c)'
    const person = await start('echo ready; read line; echo "line: $line"', box, SIZE)
    await person.until(/ready/)
    const attack = `for fd in 0 1 2; do python3 -c '${type}' $fd; done; python3 -c '${type.replace('int(sys.argv[1])', 'open("/dev/tty")')}'; echo tried`
    for (const attacker of [await start(attack), await start(attack, box, SIZE)]) {
      await attacker.process.exit
      expect(attacker.output()).toContain('tried')
    }
    await person.process.write('mine\n')
    await person.process.exit
    expect(person.output()).toBe('ready\r\nmine\r\nline: mine\r\n')
    expect((await box.resolve('evil', 'read').catch((error) => error)).code).toBe('path.notFound')
  })

  it('waits while its output is not taken', async () => {
    let taken = 0
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const process = await box.start({
      command: 'head -c 3000000 /dev/zero | tr "\\0" x',
      cwd: workspace,
      terminal: SIZE,
      onOutput: (text) => {
        taken += text.length
        return gate
      },
    })
    while (taken === 0) await sleep(20)
    await sleep(300)
    expect(taken).toBeLessThan(1 << 20)
    open()
    expect(await process.exit).toMatchObject({ code: 0 })
    expect(taken).toBe(3_000_000)
  })

  it('makes a writer wait while it does not read', async () => {
    const { process, until } = await start('stty raw -echo; echo ready; sleep 4719', box, SIZE)
    await until(/ready/)
    const writing = process.write('x'.repeat(1 << 20))
    expect(await Promise.race([writing, sleep(200, 'waits')])).toBe('waits')
    await process.kill()
    await expect(writing).rejects.toMatchObject({ code: 'process.ended' })
  })
})

describe.skipIf(!readiness.ready || process.platform !== 'linux')('what was started', () => {
  it.each([false, true])('is dead when the sidecar was killed (in a terminal: %s)', async (inTerminal) => {
    const script = `
      import { createProcessSandbox } from ${JSON.stringify(join(import.meta.dirname, '../../sidecar/sandbox/index.ts'))}
      const place = { home: ${JSON.stringify(join(root, 'home'))}, tmpRoot: ${JSON.stringify(join(root, 'home', 'tmp'))}, personHome: ${JSON.stringify(join(root, 'person'))} }
      const box = await createProcessSandbox({ ...place, allowHosts: [] }).open(${JSON.stringify(workspace)})
      await box.start({
        command: 'trap "" TERM HUP; (setsid nohup sleep 4711 >/dev/null 2>&1 &); echo started; sleep 4712',
        cwd: box.workspace,
        ...(${inTerminal} && { terminal: { columns: 80, rows: 24 } }),
        onOutput: (text) => void process.stdout.write(text),
      })
    `
    const sidecar = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((done) => sidecar.stdout.once('data', done))
    await expect.poll(() => runningSleeps().length, { timeout: 20_000 }).toBe(2)
    sidecar.kill('SIGKILL')
    await expect.poll(() => runningSleeps(), { timeout: 20_000 }).toEqual([])
  })
})

/** The sleeps of this file that run on this computer. */
function runningSleeps(): string[] {
  const lines = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      } catch {
        return ''
      }
    })
  return lines.filter((line) => /^sleep 471\d$/.test(line))
}
