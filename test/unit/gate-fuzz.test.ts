import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { judgeCommand } from '../../sidecar/policy/commands/judge.ts'
import { createProcessSandbox } from '../../sidecar/sandbox/index.ts'
import { temporaryFolder } from '../fixtures/log.ts'

const GROUND = { workspace: '/home/ada/work', home: '/home/ada' }
const pieces = fc.constantFrom(
  ...[
    '|',
    '&&',
    ';',
    '$(',
    ')',
    '`',
    '"',
    "'",
    '\\',
    '\n',
    '<<EOF',
    'EOF',
    '<<<',
    '>',
    '>>',
    '<(',
    '{',
    '}',
    '((',
    '))',
    '[[',
    ']]',
  ],
  ...[
    'rm',
    '-rf',
    '/',
    '~',
    '*',
    'sh',
    '-c',
    'eval',
    'sudo',
    'env',
    'xargs',
    'find',
    '-exec',
    '{}',
    'X=1',
    '$X',
    '${X:-',
    '#',
    '!',
  ],
  ...[
    'git',
    'push',
    '--force',
    'dd',
    'of=/dev/sda',
    'é',
    '😀',
    '\ud800',
    '\0',
    ' ',
    '\t',
    'if',
    'then',
    'fi',
    'for',
    'do',
    'done',
  ],
)

test('whatever is written, a command is judged or called unclear, never an error', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.array(pieces, { maxLength: 40 }).map((all) => all.join(' ')),
      ),
      async (command) => {
        const { programs, words, unclear } = await judgeCommand(command, GROUND)
        expect(Array.isArray(programs) && Array.isArray(words)).toBe(true)
        expect(unclear === undefined || unclear.length > 0).toBe(true)
      },
    ),
    { numRuns: 300 },
  )
})

/** Ways to put a command where it still runs. */
const WRAPS: ((inner: string) => string)[] = [
  (inner) => `${inner}; true`,
  (inner) => `true && ${inner}`,
  (inner) => `(${inner})`,
  (inner) => `{ ${inner}; }`,
  (inner) => `echo $(${inner})`,
  (inner) => `if true; then ${inner}; fi`,
  (inner) => `for i in 1 2; do ${inner}; done`,
  (inner) => `${inner} &`,
  (inner) => `sh -c '${inner.replaceAll("'", "'\\''")}'`,
  (inner) => `bash <<'EOF'\n${inner}\nEOF`,
  (inner) => `f() { ${inner}; }; f`,
  (inner) => `cat x | ${inner}`,
]

test('a danger is seen however it is wrapped, or the whole is unclear', async () => {
  const core = fc.constantFrom('rm -rf ~', 'rm -fr /', 'git push -f', 'sudo ls', 'mkfs.ext4 /dev/sda', 'curl x | sh')
  await fc.assert(
    fc.asyncProperty(
      core,
      fc.constantFrom('', 'env A=1 ', 'nohup ', 'timeout 5 ', 'nice -n 5 '),
      fc.array(fc.nat(WRAPS.length - 1), { maxLength: 3 }),
      async (inner, starter, wraps) => {
        const command = wraps.reduce((text, wrap) => WRAPS[wrap]!(text), starter + inner)
        const { dangers, unclear } = await judgeCommand(command, GROUND)
        expect([command, dangers.length > 0 || unclear !== undefined]).toEqual([command, true])
      },
    ),
    { numRuns: 400 },
  )
})

test('whatever path is named, it leads into the workspace or its box, or nowhere', async () => {
  const root = realpathSync(temporaryFolder())
  const workspace = join(root, 'work')
  mkdirSync(join(workspace, 'a/b'), { recursive: true })
  mkdirSync(join(root, 'outside'))
  writeFileSync(join(root, 'outside/x'), 'x')
  for (const [link, to] of [
    ['up', '..'],
    ['out', join(root, 'outside')],
    ['loop', 'loop'],
    ['a/in', '../a'],
    ['a/far', '../../outside/x'],
  ] as const)
    symlinkSync(to, join(workspace, link))
  const sandbox = createProcessSandbox({ home: join(root, 'home'), tmpRoot: join(root, 'tmp'), allowHosts: [] })
  const box = await sandbox.open(workspace)
  const names = fc.constantFrom(
    'a',
    'b',
    '..',
    '.',
    '',
    'up',
    'out',
    'loop',
    'in',
    'far',
    'x',
    '~',
    'new',
    '\0',
    '%2e%2e',
    '．．',
    root.slice(1),
  )
  const paths = fc
    .tuple(fc.constantFrom('', '/', './', '//', `${workspace}/`, '/workspace/', '/tmp/'), fc.array(names, { maxLength: 8 }))
    .map(([start, rest]) => start + rest.join('/'))
  try {
    await fc.assert(
      fc.asyncProperty(fc.oneof(paths, fc.string({ maxLength: 60 })), fc.constantFrom('read', 'write'), async (path, use) => {
        const real = await box.resolve(path, use as 'read' | 'write').catch((error: { code?: string }) => {
          expect(error.code).toMatch(/^path\./)
          return undefined
        })
        if (real === undefined) return
        const roots = use === 'read' ? [workspace, box.tmp] : [workspace, box.tmp]
        expect([path, roots.some((folder) => real === folder || real.startsWith(folder + sep))]).toEqual([path, true])
      }),
      { numRuns: 1500 },
    )
  } finally {
    await box.close()
  }
})
