import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findProgram } from '../../sidecar/foundation/index.ts'
import { type Box, createProcessSandbox } from '../../sidecar/sandbox/index.ts'
import { createSpool, createTools, type ToolOutcome } from '../../sidecar/tools/index.ts'
import { ids } from '../fixtures/log.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-tools-')))
const workspace = join(root, 'workspace')
mkdirSync(workspace)
const sandbox = createProcessSandbox({
  home: join(root, 'home'),
  tmpRoot: join(root, 'home', 'tmp'),
  allowHosts: [],
  personHome: join(root, 'person'),
})
const spool = createSpool(join(root, 'home', 'spool'))
const kits = { 'with ripgrep': createTools(), 'without ripgrep': createTools({ ripgrep: null }) }

let box: Box
beforeAll(async () => {
  box = await sandbox.open(workspace)
})
afterAll(async () => {
  await box.close()
  rmSync(root, { recursive: true, force: true })
})

const put = (path: string, content: string | Buffer = ''): void => {
  mkdirSync(join(workspace, path, '..'), { recursive: true })
  writeFileSync(join(workspace, path), content)
}
const get = (path: string): string => readFileSync(join(workspace, path), 'utf8')

async function call(
  name: string,
  args: Record<string, unknown>,
  kit: keyof typeof kits = 'with ripgrep',
  signal = new AbortController().signal,
  closed?: (place: string) => boolean,
): Promise<ToolOutcome> {
  const tool = kits[kit].find((one) => one.name === name)!
  const outcome = await tool.run(tool.input.parse(args), {
    sessionId: ids.session(),
    box,
    spool,
    labels: [],
    closed,
    space: 'main',
    signal,
    onOutput: () => {},
  })
  expect(Buffer.byteLength(outcome.text)).toBeLessThanOrEqual(16 * 1024)
  expect(outcome.text.isWellFormed()).toBe(true)
  return outcome
}

describe('read', () => {
  it('numbers lines and goes on where it stopped', async () => {
    put('lines.txt', Array.from({ length: 5000 }, (_, i) => `line ${i + 1}`).join('\n'))
    expect((await call('read', { path: 'lines.txt', offset: 4999 })).text).toBe('4999\tline 4999\n5000\tline 5000')
    expect((await call('read', { path: 'lines.txt', offset: 10, limit: 2 })).text).toBe(
      '10\tline 10\n11\tline 11\n\n[The file goes on; read it from offset 12.]',
    )
    let offset: number | undefined = 1
    const seen: string[] = []
    while (offset !== undefined) {
      const { text } = await call('read', { path: 'lines.txt', offset })
      seen.push(...text.split('\n').flatMap((line) => line.match(/^\d+\t(.*)$/)?.[1] ?? []))
      offset = Number(text.match(/from offset (\d+)/)?.[1]) || undefined
    }
    expect(seen.join('\n')).toBe(get('lines.txt'))
  })

  it.each([
    ['empty', '', '(empty file)'],
    ['one line without an end', 'a', '1\ta'],
    ['CRLF', 'a\r\nb\r\n', '1\ta\n2\tb'],
    ['characters over a chunk border', `${'x'.repeat(65_535)}\n🐂`, expect.stringMatching(/… \[63535 characters more\]\n2\t🐂$/)],
    ['a very long line', 'y'.repeat(3_000_000), expect.stringContaining('[2998000 characters more]')],
    ['bytes that are no UTF-8', Buffer.from([0x61, 0xe9, 0x62]), '1\ta\ufffdb'],
    ['an image', Buffer.from('89504e470d0a1a0a0000', 'hex'), expect.stringContaining('is a PNG image, 10 bytes')],
    ['binary data', Buffer.from([1, 2, 0, 3]), expect.stringContaining('is binary data, 4 bytes')],
  ])('reads %s', async (_, content, text) => {
    put('case', content)
    expect((await call('read', { path: 'case' })).text).toEqual(text)
  })

  it('reads a piece of a huge file without loading it', async () => {
    put('huge', 'first\n')
    truncateSync(join(workspace, 'huge'), 8 * 2 ** 30)
    const before = process.memoryUsage.rss()
    expect((await call('read', { path: 'huge' })).text).toContain('binary data, 8589934592 bytes')
    put('long.txt', `${'z'.repeat(60 * 2 ** 20)}\nend`)
    expect((await call('read', { path: 'long.txt', offset: 2 })).text).toBe('2\tend')
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 2 ** 20)
    rmSync(join(workspace, 'huge'))
    rmSync(join(workspace, 'long.txt'))
  })

  it('reads kept outputs, and says what is not there or not for it', async () => {
    const name = await spool.save('kept\noutput')
    expect((await call('read', { path: name })).text).toBe('1\tkept\n2\toutput')
    await expect(call('read', { path: 'spool:../../config' })).rejects.toMatchObject({ code: 'path.notFound' })
    await expect(call('read', { path: 'spool:00000000000000000000' })).rejects.toMatchObject({ code: 'path.notFound' })
    await expect(call('read', { path: 'nope' })).rejects.toMatchObject({ code: 'path.notFound' })
    await expect(call('read', { path: '/etc/passwd' })).rejects.toMatchObject({ code: 'path.outside' })
    put('short', 'a\nb')
    await expect(call('read', { path: 'short', offset: 3 })).rejects.toMatchObject({
      code: 'read.pastEnd',
      message: expect.stringContaining('2 lines'),
    })
  })
})

describe('write', () => {
  it('makes and replaces, and shows what changed', async () => {
    expect(await call('write', { path: 'new/deep/file.txt', content: 'grüße\n' })).toMatchObject({
      text: 'Created new/deep/file.txt, 8 bytes.',
      isError: false,
      diff: { path: 'new/deep/file.txt', added: 1, removed: 0 },
    })
    const { text, diff } = await call('write', { path: 'new/deep/file.txt', content: 'hello\n' })
    expect(text).toContain('Replaced')
    expect(diff?.diff).toContain('-grüße\n+hello')
    expect(get('new/deep/file.txt')).toBe('hello\n')
  })

  it.each(['.git/hooks/pre-commit', '.oxbow/config.toml', '.bashrc', '../out', '/etc/oxbow-test'])('refuses %s', async (path) => {
    await expect(call('write', { path, content: 'evil' })).rejects.toMatchObject({ kind: 'FORBIDDEN' })
    await expect(call('edit', { path, oldText: 'a', newText: 'evil' })).rejects.toThrow()
  })
})

describe('edit', () => {
  const source = 'function one() {\n    return 1\n}\n\nfunction two() {\n    return 2\n}\n'

  it('replaces exactly, taking nothing in the new text for a pattern', async () => {
    put('code.js', source)
    const { text, diff } = await call('edit', { path: 'code.js', oldText: 'return 1', newText: "return '$&$1$`'" })
    expect(text).toBe('Changed code.js (+1 −1 lines).')
    expect(diff?.diff).toContain("+    return '$&$1$`'")
    expect(get('code.js')).toBe(source.replace('return 1', () => "return '$&$1$`'"))
    await call('edit', { path: 'code.js', oldText: 'function', newText: 'fn', replaceAll: true })
    expect(get('code.js').match(/^fn /gm)).toHaveLength(2)
  })

  it.each([
    ['twice', source, '    return', /2 times, at lines 2, 6.*replaceAll/],
    [
      'with other white space',
      source,
      'function one() {\n\treturn 1\n}',
      /Lines 1 to 3 differ from it in white space only[\s\S]*2\t {4}return 1/,
    ],
    ['with LF where the file has CRLF', 'a\r\nb\r\nc\r\n', 'a\nb', /Only the line ends differ: the file has CRLF/],
    ['with CRLF where the file has LF', 'a\nb\nc\n', 'a\r\nb', /Only the line ends differ: the file has LF/],
    ['nearly', source, 'function twos() {', /most similar place is line 5:\n5\tfunction two/],
    ['not at all', source, 'zzzzzzzzzz', /Nothing in it is similar/],
    ['in an empty file', '', 'a', /The file is empty/],
  ])('says why a text that stands there %s is not replaced', async (_, content, oldText, message) => {
    put('case.txt', content)
    const { text, isError } = await call('edit', { path: 'case.txt', oldText, newText: 'x' })
    expect(isError).toBe(true)
    expect(text).toMatch(message)
    expect(get('case.txt')).toBe(content)
  })

  it('refuses binary files and leaves odd text whole', async () => {
    put('bin', Buffer.from([0x61, 0xff, 0x62]))
    await expect(call('edit', { path: 'bin', oldText: 'a', newText: 'b' })).rejects.toMatchObject({ code: 'edit.binary' })
    put('odd', '\ufeffa\r\nb\n🐂')
    await call('edit', { path: 'odd', oldText: 'b', newText: 'c' })
    expect(get('odd')).toBe('\ufeffa\r\nc\n🐂')
  })
})

describe('ls', () => {
  it('lists kinds and sizes', async () => {
    put('list/b.txt', 'four')
    put('list/a/x')
    symlinkSync('b.txt', join(workspace, 'list/link'))
    expect((await call('ls', { path: 'list' })).text).toBe('a/\nb.txt  4\nlink -> b.txt')
    await expect(call('ls', { path: 'list/b.txt' })).rejects.toMatchObject({ code: 'path.isFile' })
    await expect(call('ls', { path: '..' })).rejects.toMatchObject({ code: 'path.outside' })
  })
})

describe.each(Object.keys(kits) as (keyof typeof kits)[])('what rules close, %s', (kit) => {
  const closed = (place: string): boolean => /^closed-place\/(?:keys|.*\.pem$)/.test(relative(workspace, place))
  const look = async (name: string, args: Record<string, unknown>): Promise<string> =>
    (await call(name, args, kit, undefined, closed)).text

  it('is shown by no tool, and told by number, whatever was searched for', async () => {
    put('closed-place/keys/a.txt', 'hunter2')
    put('closed-place/keys/.h/b.txt', 'hunter3')
    put('closed-place/keys/x\ny.txt', 'hunter6')
    put('closed-place/src/c.pem', 'hunter4')
    put('closed-place/src/d.txt', 'hunter5')
    const path = 'closed-place'
    const none = 'Nothing found.\n… 4 files left out: closed by a rule of the person.'
    expect(await look('grep', { pattern: 'hunter', path })).toBe(
      'closed-place/src/d.txt:1:hunter5\n… 4 files left out: closed by a rule of the person.',
    )
    expect(await look('grep', { pattern: 'hunter2', path })).toBe(none)
    expect(await look('grep', { pattern: 'hunter7', path })).toBe(none)
    expect(await look('grep', { pattern: 'hunter', path, glob: 'keys/*' })).toBe(none)
    expect(await look('grep', { pattern: 'hunter', path: 'closed-place/src/d.txt' })).toBe('closed-place/src/d.txt:1:hunter5')
    expect(await look('find', { pattern: '*.{txt,pem}', path })).toBe(
      'closed-place/src/d.txt\n… 4 files left out: closed by a rule of the person.',
    )
    expect(await look('find', { pattern: 'keys/a.txt', path })).toBe(none)
    expect(await look('ls', { path })).toBe('src/\n… 1 left out: closed by a rule of the person.')
    expect(await look('ls', { path: 'closed-place/src' })).toBe('d.txt  7\n… 1 left out: closed by a rule of the person.')
  })

  it('a pattern that could take forever is refused', async () => {
    await expect(look('find', { pattern: '+(a|a*)b' })).rejects.toMatchObject({ code: 'policy.pattern' })
  })
})

describe.each(Object.keys(kits) as (keyof typeof kits)[])('searching %s', (kit) => {
  beforeAll(() => {
    execFileSync('git', ['init', '-q', join(workspace)])
    put('tree/.gitignore', 'ignored/\n')
    put('tree/src/a.ts', 'const needle = 1\nother\nNEEDLE again\r\n')
    put('tree/src/b.js', 'needle in js')
    put('tree/src/.hidden.ts', 'needle')
    put('tree/top.ts', 'nothing')
    put('tree/bin', Buffer.from('needle\0needle'))
    put('tree/-n', 'needle')
    symlinkSync('/etc', join(workspace, 'tree/out'), 'dir')
  })
  afterAll(() => rmSync(join(workspace, 'tree'), { recursive: true }))

  it('finds files by name', async () => {
    expect((await call('find', { pattern: '*.ts', path: 'tree' }, kit)).text.split('\n').sort()).toContain('tree/src/a.ts')
    expect((await call('find', { pattern: 'tree/src/*.js' }, kit)).text).toBe('tree/src/b.js')
    expect((await call('find', { pattern: 'src/**/*.js', path: 'tree' }, kit)).text).toBe('tree/src/b.js')
    expect((await call('find', { pattern: 'passwd' }, kit)).text).toBe('Nothing found.')
    await expect(call('find', { pattern: '*', path: 'tree/out' }, kit)).rejects.toMatchObject({ code: 'path.outside' })
  })

  it('finds text by pattern', async () => {
    const { text } = await call('grep', { pattern: 'needle', path: 'tree/src' }, kit)
    expect(text.split('\n').sort()).toEqual([
      'tree/src/.hidden.ts:1:needle',
      'tree/src/a.ts:1:const needle = 1',
      'tree/src/b.js:1:needle in js',
    ])
    expect((await call('grep', { pattern: 'needle', glob: '*.ts', ignoreCase: true, path: 'tree/src/a.ts' }, kit)).text).toBe(
      'tree/src/a.ts:1:const needle = 1\ntree/src/a.ts:3:NEEDLE again',
    )
    expect((await call('grep', { pattern: 'root:' }, kit)).text).toBe('Nothing found.')
    expect((await call('grep', { pattern: 'needle', path: 'tree/-n' }, kit)).text).toBe('tree/-n:1:needle')
  })

  it('takes patterns for patterns only, never for options', async () => {
    for (const pattern of ['--files', '-e', '--pre=sh', '-f/etc/passwd']) {
      expect((await call('grep', { pattern, path: 'tree/src' }, kit)).text).toBe('Nothing found.')
    }
    await expect(call('grep', { pattern: '(' }, kit)).rejects.toMatchObject({ code: expect.stringMatching(/^search\./) })
  })

  it('stays bounded and stops when told', async () => {
    put('tree/many.txt', 'needle 🐂 and more text\n'.repeat(5000))
    expect((await call('grep', { pattern: 'needle' }, kit)).text.length).toBeGreaterThan(1000)
    await expect(call('grep', { pattern: 'needle' }, kit, AbortSignal.abort())).rejects.toThrow()
  })

  it('ends a pattern that would take for ever', async () => {
    put('tree/evil.txt', `${'a'.repeat(60)}!`)
    const search = call('grep', { pattern: '^(a+)+$', path: 'tree/evil.txt' }, kit)
    if (kit === 'with ripgrep') expect((await search).text).toBe('Nothing found.')
    else await expect(search).rejects.toMatchObject({ code: 'search.slow' })
  })
})

describe.skipIf(process.platform !== 'linux')('ripgrep with little memory', () => {
  const little = (kb: number): string => {
    const program = join(root, `rg-${kb}`)
    writeFileSync(program, `#!/bin/bash\nulimit -c 0 -d ${kb}; exec ${findProgram('rg')} "$@"\n`, { mode: 0o755 })
    return program
  }
  const grep = (kb: number, pattern: string, path: string): Promise<ToolOutcome> => {
    const tool = createTools({ ripgrep: little(kb) }).find(({ name }) => name === 'grep')!
    const context = { sessionId: ids.session(), box, spool, labels: [], space: 'main', signal: new AbortController().signal }
    return tool.run(tool.input.parse({ pattern, path }), { ...context, onOutput: () => {} })
  }

  it('keeps to it, whatever a pattern has to remember', async () => {
    let state = 1
    const bit = (): number => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return state & 1
    }
    put('bits/file', `${Array.from({ length: 1_200_000 }, bit).join('')}\n${'1'.repeat(30)}!\n`)
    expect((await grep(80_000, '(?i)([01]+.?){3}1[01]{20}[^01\\n]', 'bits')).text).toBe(`bits/file:2:${'1'.repeat(30)}!`)
  })

  it('says so where it had too little', async () => {
    put('long/file', `${'x'.repeat(20 << 20)}needle`)
    await expect(grep(20_000, 'needle', 'long')).rejects.toMatchObject({ code: 'search.failed' })
  })
})

it.each([
  ['read', { path: 'a', extra: 1 }],
  ['read', { path: 'a', offset: 0 }],
  ['write', { path: 'a' }],
  ['edit', { path: 'a', oldText: '', newText: 'b' }],
  ['exec', { command: 'a', timeoutSeconds: 601 }],
  ['exec', { command: 'a', dangerouslyDisableSandbox: true }],
])('%s refuses the arguments %j', (name, args) => {
  expect(kits['with ripgrep'].find((tool) => tool.name === name)!.input.safeParse(args).success).toBe(false)
})
