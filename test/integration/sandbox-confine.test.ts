import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findProgram } from '../../sidecar/foundation/index.ts'
import { createProcessSandbox } from '../../sidecar/sandbox/index.ts'
import { fixedEgress } from '../fixtures/egress.ts'

// What commands do all day goes on in boxes whose commands can write in the box's own places alone.
const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-confine-')))
const [person, home] = [join(root, 'person'), join(root, 'oxbow')]
const workspace = join(home, 'workspaces/a b')
for (const folder of [person, workspace]) mkdirSync(folder, { recursive: true })

const online = findProgram('socat') !== undefined
const egress = online ? fixedEgress(['example.com']) : undefined
const places = { home, tmpRoot: join(home, 'tmp'), shared: join(home, 'shared'), personHome: person }
const sandbox = createProcessSandbox({ ...places, allowHosts: [] })
const wayOut = createProcessSandbox({ ...places, allowHosts: ['example.com'], egress: egress && (async () => egress) })
const linux = process.platform === 'linux'
const ready = linux && (await sandbox.readiness()).ready
const has = (...names: string[]): boolean => names.every((name) => findProgram(name) !== undefined)

afterAll(async () => {
  await Promise.all([sandbox.close(), wayOut.close(), egress?.close()])
  rmSync(root, { recursive: true, force: true })
})

const cwd = workspace
const signal = new AbortController().signal

async function run(command: string, { from = sandbox, widen }: { from?: typeof sandbox; widen?: string } = {}): Promise<string> {
  const box = await from.open(workspace)
  let output = ''
  const onOutput = (text: string): void => {
    output += text
  }
  const wider = widen === undefined ? {} : { widen: { path: widen, use: 'write' as const } }
  const { code } = await box.run({ command, cwd, timeoutMs: 30_000, signal, onOutput, ...wider })
  await box.close()
  return `${output.trim()} (${code})`
}

describe.skipIf(!ready)('a command in a box', () => {
  const habits: [what: string, command: string, here?: boolean][] = [
    ['the null device', 'echo x > /dev/null && echo fine'],
    ['a pipe by its name', '(echo fine > /dev/stdout) | cat'],
    ['a process that takes what is written', 'echo fine > >(cat); wait'],
    ['a process that is read', 'cat <(echo fine)'],
    ['a named pipe of its own', 'mkfifo pipe; (echo fine > pipe &); cat pipe; rm pipe'],
    ['one in the temporary folder', 'mkfifo $TMPDIR/p; (echo fine > $TMPDIR/p &); cat $TMPDIR/p'],
    ['the folder between agents', 'echo fine > $OXBOW_SHARED/s; cat $OXBOW_SHARED/s'],
    [
      'moves and links between folders',
      'mkdir -p a b; echo fine > a/x; mv a/x b/y; ln b/y a/z; mv b c; cat a/z c/y | uniq; rm -r a c',
    ],
    ['moves between file systems', 'echo fine > m; mv m /dev/shm/; mv /dev/shm/m .; cat m; rm m'],
    ['its own settings in /proc', 'echo 500 > /proc/self/oom_score_adj && echo fine'],
    ['background processes', '(sleep 0.05; echo fine > late) & wait; cat late; rm late'],
    [
      'git',
      'git init -q g && cd g && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m fine && git log --format=%s; cd ..; rm -rf g',
      has('git'),
    ],
    [
      'node and its children',
      `node -e "process.stdout.write(require('child_process').execFileSync('echo', ['fine']))"`,
      has('node'),
    ],
    [
      'pairs of streams',
      `perl -e 'use Socket; socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0) and socketpair(my $c, my $d, AF_UNIX, SOCK_SEQPACKET, 0) and print "fine"'`,
      has('perl'),
    ],
    [
      'pools of python',
      `python3 -c "import multiprocessing as m; print(m.get_context('fork').Pool(2).map(str.lower, ['FINE'])[0])"`,
      has('python3'),
    ],
    [
      'files in memory',
      `perl -e 'my $name = "x"; my $f = syscall(${process.arch === 'arm64' ? 279 : 319}, $name, 0); open(my $g, ">", "/proc/self/fd/$f") and print "fine"'`,
      has('perl'),
    ],
  ]
  it.each(habits.filter(([, , here = true]) => here))('has %s', async (_, command) => {
    expect(await run(command)).toBe('fine (0)')
  })

  it('has its terminal, by every name', async () => {
    const box = await sandbox.open(workspace)
    let output = ''
    const onOutput = (text: string): void => {
      output += text
    }
    const command =
      'echo one > /dev/stdout; echo two > /dev/tty; echo three > /proc/self/fd/2; stty size > size; cat size; rm size'
    const { exit } = await box.start({ command, cwd, terminal: { columns: 80, rows: 24 }, onOutput })
    await exit
    await box.close()
    expect(output.replaceAll('\r', '')).toBe('one\ntwo\nthree\n24 80\n')
  })

  it('writes a file outside that a person allowed, and none beside it', async () => {
    const [allowed, other] = ['allowed', 'other'].map((name) => join(person, name)) as [string, string]
    for (const path of [allowed, other]) writeFileSync(path, 'old')
    await run(`echo new > '${allowed}'; echo new > '${other}'`, { widen: allowed })
    expect([allowed, other].map((path) => readFileSync(path, 'utf8').trim())).toEqual(['new', 'old'])
  })

  it.skipIf(!online || !has('perl', 'curl'))('reaches the proxy, but makes no pair of sockets for datagrams', async () => {
    const answer = await run('curl -s -m 10 http://example.org', { from: wayOut })
    expect(answer).toContain('not among the allowed hosts')
    const pair = `perl -e 'use Socket; print socketpair(my $a, my $b, AF_UNIX, SOCK_DGRAM, 0) ? "made" : $!'`
    for (const from of [sandbox, wayOut]) expect(await run(pair, { from })).toContain('not permitted')
  })
})
