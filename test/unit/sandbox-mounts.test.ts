import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BwrapLine, readBwrapLine, writeBwrapLine } from '../../sidecar/sandbox/bwrap-line.ts'
import { lostIsolation } from '../../sidecar/sandbox/isolation-check.ts'
import { withRoots } from '../../sidecar/sandbox/mounts.ts'
import { type Root, virtualRoots } from '../../sidecar/sandbox/roots.ts'

const SECCOMP = '/opt/oxbow/vendor/apply-seccomp'
const NAMESPACES = ['--unshare-net', '--unshare-pid', '--unshare-user', '--die-with-parent', '--new-session']

/** A line as the runtime makes it. */
function made(places: { workspace: string; tmp: string; denied: string[]; proxy?: string | undefined; tmpdir: string }): string {
  const { workspace, tmp, denied, proxy, tmpdir } = places
  const socat = proxy === undefined ? '' : `/usr/bin/socat TCP4-LISTEN:3128 UNIX-CONNECT:${proxy} & `
  const quoted = tmpdir.replaceAll("'", "'\\''")
  return writeBwrapLine({
    program: '/usr/bin/bwrap',
    options: [
      ['--new-session'],
      ['--die-with-parent'],
      ['--unshare-net'],
      ...(proxy === undefined ? [] : [['--bind', proxy, proxy]]),
      ['--setenv', 'TMPDIR', '/tmp/claude'],
      ['--setenv', 'ODD', '--'],
      ['--ro-bind', '/', '/'],
      ['--bind', '/tmp/claude', '/tmp/claude'],
      ['--bind', workspace, workspace],
      ['--bind', tmp, tmp],
      ...denied.map((path) => ['--tmpfs', path]),
      ['--ro-bind', `${workspace}/.git/hooks`, `${workspace}/.git/hooks`],
      ['--dev', '/dev'],
      ['--unshare-pid'],
      ['--unshare-user'],
      ['--cap-drop', 'ALL'],
      ['--proc', '/proc'],
    ],
    inner: ['/bin/bash', '-c', `${socat}${SECCOMP} /bin/bash -c 'export TMPDIR=${quoted}; eval "$OXBOW_COMMAND"'`],
  })
}

const name = fc.constantFrom(
  'ws',
  "it's",
  'a b',
  'new\nline',
  '"q"',
  '$(x)',
  '`y`',
  '\\',
  'ü',
  '--',
  '--bind',
  '-',
  '*',
  '~',
  '#',
)
const folder = fc
  .tuple(
    fc.constantFrom('/tmp', '/workspace', '/shared', '/vault', '/home/ada', '/var/tmp', '/srv'),
    fc.array(name, { maxLength: 3 }),
  )
  .map(([top, names]) => [top, ...names, 'x'].join('/'))
const places = fc.record({
  workspace: folder,
  tmp: folder,
  shared: fc.option(folder, { nil: undefined }),
  denied: fc.array(folder, { maxLength: 4 }),
  proxy: fc.option(fc.constant('/tmp/claude-http-0123abcd.sock'), { nil: undefined }),
})

const readAsShell = (line: string): string[] =>
  execFileSync('/bin/sh', ['-c', `set -- ${line}\nprintf '%s\\0' "$@"`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1)

describe('a line that gets the virtual roots', () => {
  it('keeps its whole isolation, wherever workspace, box and secrets lie, and wherever the sidecar stands', () => {
    const cwd = process.cwd()
    try {
      for (const standing of ['/', '/tmp', cwd]) {
        process.chdir(standing)
        fc.assert(
          fc.property(places, ({ workspace, tmp, shared, denied, proxy }) => {
            const roots = virtualRoots({ workspace, tmp, shared })
            const before = made({ workspace, tmp, denied, proxy, tmpdir: tmp })
            const line = withRoots(before, roots)
            const { options, inner } = readBwrapLine(line)!
            const has = (option: string[]): boolean => options.some((one) => JSON.stringify(one) === JSON.stringify(option))
            for (const option of NAMESPACES) expect(has([option])).toBe(true)
            expect(has(['--cap-drop', 'ALL'])).toBe(true)
            expect(inner.join(' ')).toMatch(new RegExp(`${SECCOMP} /\\.oxbow-confine [\\w./% ]+ -- /bin/bash -c`))
            expect(options.at(-1)).toEqual(['--remount-ro', '/'])
            // Writable is what was, and a root.
            const writable = options.filter(([option]) => option === '--bind').map(([, from]) => from)
            const allowed = [workspace, tmp, '/tmp/claude', ...(proxy ? [proxy] : [])]
            expect(writable.filter((from) => !allowed.includes(from!))).toEqual([])
            // Closed is what was, but for what the box does not have at all.
            const hidden = roots.filter((root) => options.some((one) => one.at(-1) === root.name)).map((root) => root.name)
            for (const path of denied)
              expect(has(['--tmpfs', path]) || hidden.some((root) => path.startsWith(`${root}/`)), path).toBe(true)
          }),
          { numRuns: 300 },
        )
      }
    } finally {
      process.chdir(cwd)
    }
  })

  it('confines the command to what can be written in the box, however many quotes it stands in', () => {
    const odd = { workspace: "/home/ada/it's a b", tmp: '/home/ada/box', denied: ['/home/ada'], tmpdir: '/home/ada/box' }
    const line = made(odd)
    const { inner } = readBwrapLine(line)!
    const deeper = writeBwrapLine({
      ...readBwrapLine(line)!,
      inner: ['/bin/bash', '-c', `exec ${writeBwrapLine({ program: '/bin/bash', options: [], inner })}`],
    })
    for (const one of [line, deeper]) {
      const words = readBwrapLine(withRoots(one, virtualRoots(odd)))!.inner.join(' ')
      const places = / \/\.oxbow-confine (.*?) -- \/bin\/bash -c /.exec(words)![1]!.split(' ').map(decodeURIComponent)
      expect(places.toSorted()).toEqual(['/dev', '/home/ada', '/home/ada/box', "/home/ada/it's a b", '/proc', '/tmp'])
    }
  })

  it('is read by a shell as it is read here', () => {
    fc.assert(
      fc.property(places, ({ workspace, tmp, shared, denied, proxy }) => {
        const line = withRoots(made({ workspace, tmp, denied, proxy, tmpdir: tmp }), virtualRoots({ workspace, tmp, shared }))
        const { program, options, inner } = readBwrapLine(line)!
        expect(readAsShell(line)).toEqual([program, ...options.flat(), '--', ...inner])
      }),
      { numRuns: 40 },
    )
  })

  const plain = { workspace: '/home/ada/ws', tmp: '/home/ada/box', denied: ['/home/ada/.ssh'], tmpdir: '/home/ada/box' }
  const roots = virtualRoots(plain)

  it.each<[string, (line: string) => string]>([
    ['another option', (line) => line.replace('--dev /dev', '--dev-something /dev')],
    ['a place that is relative', (line) => line.replaceAll('/home/ada/.ssh', 'ada/.ssh')],
    ['a writable root', (line) => line.replace('--ro-bind / /', '--bind / /')],
    ['a second root', (line) => line.replace('--dev /dev', '--bind / / --dev /dev')],
    ['something that the root hides', (line) => line.replace('--ro-bind / /', '--bind /etc /etc --ro-bind / /')],
    ['a shell before it', (line) => `/bin/sh -c ${line}`],
    ['an expansion', (line) => line.replace('/home/ada/.ssh', '$HOME/.ssh')],
    ['two commands', (line) => `${line} ; id`],
    ['no end of its options', (line) => line.replace(' -- ', ' ')],
    ['no network of its own', (line) => line.replace('--unshare-net ', '')],
    ['no processes of its own', (line) => line.replace('--unshare-pid ', '')],
    ['all rights', (line) => line.replace('--cap-drop ALL ', '')],
    ['all system calls', (line) => line.replace(`${SECCOMP} `, '')],
  ])('is not run with %s', (_, change) => {
    const line = made(plain)
    expect(change(line)).not.toBe(line)
    expect(() => withRoots(line, roots)).not.toThrow()
    expect(() => withRoots(change(line), roots)).toThrow(expect.objectContaining({ code: 'sandbox.entrance' }))
  })
})

describe('the check of a line', () => {
  const plain = {
    workspace: '/home/ada/ws',
    tmp: '/home/ada/box',
    denied: ['/home/ada/.ssh', '/etc/oxbow'],
    tmpdir: '/home/ada/box',
  }
  const roots: Root[] = virtualRoots({ ...plain, shared: '/home/ada/shared' })
  const before = readBwrapLine(made({ ...plain, proxy: '/tmp/claude-http-0123abcd.sock' }))!
  const after = readBwrapLine(withRoots(writeBwrapLine(before), roots))!
  const check = (options: BwrapLine['options'], inner = after.inner) =>
    lostIsolation(before, writeBwrapLine({ ...after, options, inner }), roots)

  it('finds any option that is missing, and any that changed its place in the order', () => {
    expect(check(after.options)).toBeUndefined()
    const kept = after.options
      .map((option, at) => ({ option, at }))
      .filter(({ option }) => before.options.some((one) => JSON.stringify(one) === JSON.stringify(option)))
    expect(kept.length).toBeGreaterThan(12)
    for (const { at } of kept) expect(check(after.options.toSpliced(at, 1)), after.options[at]!.join(' ')).toBeDefined()
    const tmpfs = after.options.findIndex(([option]) => option === '--tmpfs')
    const bind = after.options.findIndex(([option, from]) => option === '--bind' && from === plain.workspace)
    expect(check(after.options.with(tmpfs, after.options[bind]!).with(bind, after.options[tmpfs]!))).toBeDefined()
  })

  it.each([
    [['--bind', '/etc', '/etc']],
    [['--bind', '/', '/mnt']],
    [['--ro-bind', '/home/ada/.ssh', '/home/ada/.ssh']],
    [['--ro-bind', '/home/ada/.ssh', '/mnt']],
    [['--ro-bind-try', '/home/ada/.ssh', '/home/ada/.ssh']],
    [['--dev-bind', '/dev', '/dev']],
    [['--symlink', '/home/ada/.ssh', '/tmp']],
    [['--ro-bind-try', '/proc', '/proc']],
    [['--tmpfs', '/home/ada/ws']],
    [['--setenv', 'LD_PRELOAD', '/x.so']],
    [['--cap-add', 'ALL']],
  ])('finds %j that is added, early and late', (option) => {
    expect(check([option, ...after.options])).toBeDefined()
    expect(check(after.options.toSpliced(-1, 0, option))).toBeDefined()
    expect(check([...after.options, option])).toBeDefined()
  })

  it('finds a command that is not confined, or confined to more', () => {
    const change = (from: string | RegExp, to: string) =>
      check(
        after.options,
        after.inner.map((word) => word.replace(from, to)),
      )
    expect(change(/\/\.oxbow-confine .*? -- /, '')).toBeDefined()
    expect(change(' -- ', ' /etc -- ')).toBeDefined()
    expect(change(' -- ', ' -- /bin/sh -- ')).toBeDefined()
    const mount = after.options.findIndex((option) => option.at(-1) === '/.oxbow-confine')
    expect(check(after.options.toSpliced(mount, 1))).toBeDefined()
    expect(check(after.options.with(mount, ['--ro-bind', '/bin/true', '/.oxbow-confine']))).toBeDefined()
  })

  it('finds another command', () => {
    expect(check(after.options, [...after.inner.slice(0, -1), `id; ${after.inner.at(-1)}`])).toBeDefined()
    expect(check(after.options, ['/bin/sh', '-c', 'id'])).toBeDefined()
  })
})
