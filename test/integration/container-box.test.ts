import { spawn } from 'node:child_process'
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import {
  CONTAINER_DEFAULTS,
  type ContainerSandbox,
  type ContainerSettings,
  createContainerSandbox,
} from '../../sidecar/sandbox/container/index.ts'
import type { Box, Exit } from '../../sidecar/sandbox/index.ts'
import { testImage } from '../fixtures/container-image.ts'

const found = await testImage()
const missing = found.image === undefined ? found.missing : undefined
const docker = found.image === undefined ? undefined : found.docker
if (missing !== undefined) console.warn(`Tests of containers skipped: ${missing}.`)

// Where nothing runs, nothing would take it away again.
const root = missing === undefined ? realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-containers-'))) : ''
const home = join(root, 'home')
const places = { home, tmpRoot: join(home, 'tmp'), shared: join(home, 'shared'), personHome: join(root, 'person') }
const open: (Box | ContainerSandbox)[] = []
let count = 0

function sandboxWith(settings: Partial<ContainerSettings> = {}): ContainerSandbox {
  const all = { ...CONTAINER_DEFAULTS, image: found.image, memoryMb: 128, maxProcesses: 64, ...settings }
  const sandbox = createContainerSandbox({ ...places, settings: all, log: { debug() {}, warn() {} } })
  open.push(sandbox)
  return sandbox
}

async function newBox(settings?: Partial<ContainerSettings>): Promise<Box> {
  count += 1
  const workspace = join(home, 'workspaces', `w${count}`)
  mkdirSync(workspace, { recursive: true })
  const box = await sandboxWith(settings).open(workspace, { session: `ses_${process.pid}_${count}` })
  open.unshift(box)
  return box
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

interface Ran extends Exit {
  output: string
}

async function run(
  box: Box,
  command: string,
  options: { timeoutMs?: number; signal?: AbortSignal; cwd?: string } = {},
): Promise<Ran> {
  let output = ''
  const { timeoutMs = 30_000, signal = new AbortController().signal, cwd = box.workspace } = options
  const exit = await box.run({
    command,
    cwd,
    timeoutMs,
    signal,
    onOutput(text) {
      output += text
    },
  })
  return { ...exit, output }
}

/** The containers of a box of ours. */
const containers = async (box: Box) => {
  if (docker === undefined) return []
  const all = await docker.listContainers({ all: true, filters: { label: [`oxbow.workspace=${box.workspace}`] } })
  return all.filter(({ State }) => State !== 'removing')
}

describe.skipIf(missing !== undefined)('a box that is a container', () => {
  it('runs commands where the workspace is, as its owner, with output in order and exit codes', async () => {
    const box = await newBox()
    if (process.getuid?.() === 0) chownSync(box.workspace, 12_345, 12_346)
    mkdirSync(join(box.workspace, 'sub'))
    const { code, output } = await run(box, 'echo "grüße 🐂"; echo err >&2; pwd; exit 3', { cwd: join(box.workspace, 'sub') })
    expect([code, output]).toEqual([3, `grüße 🐂\nerr\n${box.workspace}/sub\n`])
    await run(box, 'echo mine > made; echo t > $TMPDIR/t; echo s > "$OXBOW_SHARED/s"; cat /workspace/made')
    expect(statSync(join(box.workspace, 'made')).uid).toBe(statSync(box.workspace).uid)
    expect(readFileSync(join(box.tmp, 't'), 'utf8')).toBe('t\n')
    const { output: who } = await run(
      box,
      'id -u; id -g; echo $HOME; touch $HOME/x && echo ok; touch /x 2>&1; env | cut -d= -f1 | sort | tr "\\n" " "',
    )
    const { uid, gid } = statSync(box.workspace)
    expect(who).toMatch(new RegExp(`^${uid}\\n${gid}\\n/home/oxbow\\nok\\ntouch: /x: Read-only file system\\n`))
    expect(who).not.toMatch(/OXBOW_(COMMAND|GUARD|KEEP)/)
  })

  it('has no rights, sees its folders only, and has limits', async () => {
    const box = await newBox()
    await run(box, 'true')
    const [one] = await containers(box)
    const { HostConfig: host, Mounts: mounts } = await docker!.getContainer(one!.Id).inspect()
    expect(host).toMatchObject({
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Privileged: false,
      NetworkMode: 'none',
      PidsLimit: 64,
      Memory: 128 * 2 ** 20,
      MemorySwap: 128 * 2 ** 20,
      AutoRemove: true,
    })
    expect(mounts.every(({ Source: source }) => source.startsWith(`${home}/`))).toBe(true)
    const { output } = await run(
      box,
      'grep -E "^(CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status | tr -s "\\t\\n" " "; ls /sys/class/net',
    )
    expect(output).toBe('CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 lo\n')
  })

  it('stays warm from call to call, leaves no process and no zombie behind, and goes when it is closed', async () => {
    const box = await newBox()
    await run(box, '(setsid sleep 1000 >/dev/null 2>&1 &); (sleep 0 &); sleep 0.1')
    const [first] = await containers(box)
    const { output } = await run(
      box,
      'for at in /proc/[0-9]*; do read -r line < $at/stat 2>/dev/null && echo "$line"; done | grep -c -e sleep -e " Z "',
    )
    expect(output).toBe('0\n')
    expect((await containers(box)).map(({ Id }) => Id)).toEqual([first!.Id])
    await box.close()
    await expect.poll(async () => (await containers(box)).length).toBe(0)
    expect(existsSync(box.tmp)).toBe(false)
    expect(readdirSync(box.workspace)).toEqual([])
  })

  it('ends the whole tree on a time-out and a cancel, and lets it tidy up', async () => {
    const box = await newBox()
    const late = await run(box, `trap 'echo tidy > tidy; exit' TERM; sleep 30 & wait`, { timeoutMs: 500 })
    expect(late).toMatchObject({ reason: 'timeout', code: null })
    expect(readFileSync(join(box.workspace, 'tidy'), 'utf8')).toBe('tidy\n')
    const stop = new AbortController()
    const cancelled = run(box, 'echo begun > begun; sleep 30', { signal: stop.signal })
    await expect.poll(() => existsSync(join(box.workspace, 'begun')), { timeout: 10_000 }).toBe(true)
    stop.abort()
    expect(await cancelled).toMatchObject({ reason: 'cancelled' })
    expect(await run(box, 'echo x > never', { signal: AbortSignal.abort() })).toMatchObject({ reason: 'cancelled' })
    expect(existsSync(join(box.workspace, 'never'))).toBe(false)
  })

  it('keeps a flood waiting for its taker', async () => {
    const box = await newBox()
    let bytes = 0
    const { signal } = new AbortController()
    const command = { command: 'head -c 20000000 /dev/zero | tr "\\0" x', cwd: box.workspace, timeoutMs: 60_000, signal }
    const exit = await box.run({
      ...command,
      async onOutput(text) {
        bytes += text.length
        if (bytes < 1_000_000) await new Promise((done) => setTimeout(done, 5))
      },
    })
    expect([exit.code, bytes]).toEqual([0, 20_000_000])
  })

  it('holds processes that go on: input, a terminal of a size, their end', async () => {
    const box = await newBox()
    let heard = ''
    const cat = await box.start({
      command: 'while read -r x; do echo "<$x>"; done; exit 5',
      cwd: box.workspace,
      onOutput(text) {
        heard += text
      },
    })
    await cat.write('one\n')
    await expect.poll(() => heard, { timeout: 10_000 }).toBe('<one>\n')
    // The end of another call, with leftovers, must not touch it.
    await run(box, '(setsid sleep 1000 >/dev/null 2>&1 &); echo')
    await cat.write('two\n')
    await expect.poll(() => heard, { timeout: 10_000 }).toBe('<one>\n<two>\n')
    await cat.kill()
    expect(await cat.exit).toMatchObject({ reason: 'cancelled' })
    await expect(cat.write('three\n')).rejects.toMatchObject({ code: 'process.ended' })

    let screen = ''
    const terminal = { columns: 100, rows: 30 }
    const shell = await box.start({
      command: 'sh',
      cwd: box.workspace,
      terminal,
      onOutput(text) {
        screen += text
      },
    })
    const asked = async (): Promise<string> => {
      await shell.write('stty size\n')
      return screen
    }
    await expect.poll(asked, { timeout: 10_000, interval: 200 }).toMatch(/\n30 100\r/)
    shell.resize(50, 20)
    await expect.poll(asked, { timeout: 10_000, interval: 200 }).toMatch(/\n20 50\r/)
    await shell.write('exit 4\n')
    expect(await shell.exit).toMatchObject({ code: 4, reason: 'exit' })
  })

  it('lets calls run beside each other, each with its own', async () => {
    const box = await newBox()
    const [a, b] = await Promise.all([
      run(box, '(setsid sh -c "sleep 1; echo late > late" >/dev/null 2>&1 &); sleep 2; cat late'),
      run(box, 'sleep 0.3; echo b'),
    ])
    expect([a.output, b.output]).toEqual(['late\n', 'b\n'])
  })

  it('takes no process for another call’s because it says so', async () => {
    const box = await newBox()
    const beside = run(box, 'echo up > up; while [ ! -f done ]; do sleep 0.1; done')
    await expect.poll(() => existsSync(join(box.workspace, 'up')), { timeout: 10_000 }).toBe(true)
    const daemon = '(OXBOW_CALL=other setsid sleep 77777 >/dev/null 2>&1 &)'
    const count = 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " " | grep -c "sleep 7777[7]"; true'
    await run(box, `${daemon}; sleep 0.2`)
    expect((await run(box, count)).output).toBe('0\n')
    await run(box, `${daemon}; sleep 30`, { timeoutMs: 500 })
    expect((await run(box, count)).output).toBe('0\n')
    writeFileSync(join(box.workspace, 'done'), '')
    expect(await beside).toMatchObject({ code: 0, reason: 'exit' })
  })

  it('is made anew when what must be protected came, and when it was ended', async () => {
    const box = await newBox()
    await run(box, 'true')
    const [first] = await containers(box)
    mkdirSync(join(box.workspace, '.git/objects'), { recursive: true })
    writeFileSync(join(box.workspace, '.git/config'), 'good')
    await run(box, 'echo evil > .git/config; echo evil > /workspace/.git/hooks/pre-commit')
    expect(readFileSync(join(box.workspace, '.git/config'), 'utf8')).toBe('good')
    expect(readdirSync(join(box.workspace, '.git/hooks'))).toEqual([])
    const [second] = await containers(box)
    expect(second!.Id).not.toBe(first!.Id)
    await docker!.getContainer(second!.Id).remove({ force: true })
    await expect
      .poll(async () => (await run(box, 'echo again').catch(() => ({ output: '' }))).output, { timeout: 10_000 })
      .toBe('again\n')
  })

  it('ends when it is idle, and comes back', async () => {
    const box = await newBox({ idleMinutes: 0.01 })
    await run(box, 'true')
    await expect.poll(async () => (await containers(box)).length, { timeout: 20_000 }).toBe(0)
    expect((await run(box, 'echo again')).output).toBe('again\n')
  })
})

describe.skipIf(missing !== undefined)('what a crash leaves', () => {
  it('goes by itself when the sidecar is killed', async () => {
    const workspace = join(home, 'workspaces', 'crash')
    mkdirSync(workspace, { recursive: true })
    const script = `
      import { createContainerSandbox, CONTAINER_DEFAULTS } from ${JSON.stringify(join(import.meta.dirname, '../../sidecar/sandbox/container/index.ts'))}
      const settings = { ...CONTAINER_DEFAULTS, image: ${JSON.stringify(found.image)} }
      const sandbox = createContainerSandbox({ ...${JSON.stringify(places)}, settings, log: { debug() {}, warn() {} } })
      const box = await sandbox.open(${JSON.stringify(workspace)})
      const signal = new AbortController().signal
      await box.run({ command: 'echo begun; sleep 600', cwd: box.workspace, timeoutMs: 600000, signal, onOutput: (text) => process.stdout.write(text) })
    `
    const sidecar = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((done) => sidecar.stdout.once('data', done))
    expect(await containers({ workspace } as Box)).toHaveLength(1)
    sidecar.kill('SIGKILL')
    await expect.poll(async () => (await containers({ workspace } as Box)).length, { timeout: 20_000 }).toBe(0)
  })

  it('is swept when it did not, and only that', async () => {
    const box = await newBox()
    await run(box, 'true')
    const [own] = await containers(box)
    const workspace = join(home, 'workspaces', 'left')
    mkdirSync(join(workspace, '.oxbow'), { recursive: true })
    const left = await docker!.createContainer({
      Image: found.image!,
      Cmd: ['sleep', '600'],
      Labels: { ...own!.Labels, 'oxbow.owner': '4194303 1', 'oxbow.workspace': workspace },
    })
    await left.start()
    const other = await newBox()
    await run(other, 'true')
    await expect.poll(async () => (await containers({ workspace } as Box)).length, { timeout: 20_000 }).toBe(0)
    expect(existsSync(join(workspace, '.oxbow'))).toBe(false)
    expect(await containers(box)).toHaveLength(1)
  })
})

describe.skipIf(missing !== undefined)('an engine or image that is missing', () => {
  it('is a refusal with what to do, and no run', async () => {
    for (const [settings, reason, mend] of [
      [{ image: `oxbow-nothing@sha256:${'0'.repeat(64)}` }, /is not there/, /oxbow sandbox build/],
      [{ host: 'unix:///nowhere.sock' }, /ENOENT/, /Start it/],
      [{ host: 'gopher://x' }, /begins with "gopher:"/, /unix:\/\/\/path/],
    ] as const) {
      const sandbox = sandboxWith(settings)
      expect(await sandbox.readiness()).toMatchObject({
        ready: false,
        reason: expect.stringMatching(reason),
        mend: expect.stringMatching(mend),
      })
      const workspace = join(home, 'workspaces', 'refused')
      mkdirSync(workspace, { recursive: true })
      const box = await sandbox.open(workspace)
      open.unshift(box)
      await expect(run(box, 'echo x')).rejects.toMatchObject({ code: 'sandbox.unavailable' })
      await expect(box.start({ command: 'echo x', cwd: workspace, onOutput() {} })).rejects.toMatchObject({
        code: 'sandbox.unavailable',
      })
    }
  })
})
