import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Box, createProcessSandbox, openFile, replaceFile } from '../../sidecar/sandbox/index.ts'
import { createSpool, createTools } from '../../sidecar/tools/index.ts'
import { ids } from '../fixtures/log.ts'

// Not in /tmp, which a box has for itself.
const root = realpathSync(mkdtempSync('/var/tmp/oxbow-roots-'))
const person = join(root, 'person')
const home = join(person, '.oxbow')
const workspace = join(home, 'workspaces', 'default')
const SECRET = 'SECRET-4711'
const put = (path: string, text = SECRET): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
put(join(workspace, 'a.txt'), 'mine')
put(join(workspace, '.oxbow/config.toml'), 'mode')
put(join(home, 'vault/diary.txt'))
put(join(person, 'documents/letter.txt'))
put(join(person, '.ssh/id'))
put(join(person, '.local/bin/tool'), '#!/bin/sh\necho tool')
execFileSync('git', ['init', '-q', workspace])
const hostTmp = realpathSync(mkdtempSync('/tmp/oxbow-host-'))
put(join(hostTmp, 'other.txt'))

const places = { home, tmpRoot: join(home, 'tmp'), shared: join(home, 'shared'), personHome: person }
const sandbox = createProcessSandbox({ ...places, allowHosts: [] })
const readiness = await sandbox.readiness()
const linux = process.platform === 'linux'

let box: Box
beforeAll(async () => {
  box = await sandbox.open(workspace)
  for (const [name, target] of [
    ['to-root', '/workspace/a.txt'],
    ['to-shared', '/shared/link.txt'],
    ['to-tmp', '/tmp/link.txt'],
    ['by-dots', '../../../../../../../../../../tmp/dots.txt'],
    ['to-vault', '/vault/diary.txt'],
    ['to-etc', '/workspace/../etc/passwd'],
    ['around', 'nothing/../to-secret'],
    ['to-secret', join(person, '.ssh/id')],
  ] as const)
    symlinkSync(target, join(workspace, name))
})
afterAll(async () => {
  await box?.close()
  rmSync(root, { recursive: true, force: true })
  rmSync(hostTmp, { recursive: true, force: true })
})

async function run(command: string, cwd = workspace, inside = box): Promise<{ output: string; code: number | null }> {
  let output = ''
  const signal = new AbortController().signal
  const onOutput = (text: string): void => {
    output += text
  }
  const { code } = await inside.run({ command, cwd, timeoutMs: 20_000, signal, onOutput })
  return { output, code }
}

describe('a file tool', () => {
  it.each([
    ['/workspace', () => workspace],
    ['/workspace/a.txt', () => join(workspace, 'a.txt')],
    ['//workspace/./a.txt', () => join(workspace, 'a.txt')],
    ['/shared', () => join(home, 'shared')],
    ['/tmp', () => box.tmp],
    ['/shared/../workspace/a.txt', () => join(workspace, 'a.txt')],
    ['to-root', () => join(workspace, 'a.txt')],
  ])('reads %s', async (path, real) => {
    expect(await box.resolve(path, 'read')).toBe(real())
  })

  it.each([
    ['/workspace/new/b.txt', () => join(workspace, 'new/b.txt')],
    ['/shared/new/c.txt', () => join(home, 'shared/new/c.txt')],
    ['/tmp/new/d.txt', () => join(box.tmp, 'new/d.txt')],
    ['to-shared', () => join(home, 'shared/link.txt')],
    ['to-tmp', () => join(box.tmp, 'link.txt')],
    ['by-dots', () => join(box.tmp, 'dots.txt')],
  ])('writes %s, and reads it again', async (path, real) => {
    await replaceFile(box, path, Buffer.from(path))
    expect(readFileSync(real(), 'utf8')).toBe(path)
    const { handle } = await openFile(box, path)
    expect(await handle.readFile('utf8')).toBe(path)
    await handle.close()
  })

  it.each([
    ['/vault', 'path.vault'],
    ['/vault/diary.txt', 'path.vault'],
    ['/workspace/../vault/diary.txt', 'path.vault'],
    ['to-vault', 'path.vault'],
    ['/workspace/../etc/passwd', 'path.outside'],
    ['/workspace2/a.txt', 'path.outside'],
    ['/tmpx', 'path.outside'],
    ['/shared/..', 'path.outside'],
    ['/shared/../../etc/passwd', 'path.outside'],
    ['to-etc', 'path.outside'],
    ['around', 'path.outside'],
    [join(home, 'vault/diary.txt'), 'path.outside'],
    ['/proc/self/root/etc/passwd', 'path.outside'],
    ['/proc/self/root/vault/diary.txt', 'path.vault'],
    ['/proc/self/cwd', 'path.outside'],
    ['/proc/self/fd/0', 'path.outside'],
    [`${hostTmp}/../../etc/passwd`, 'path.outside'],
  ])('refuses %s', async (path, code) => {
    await expect(box.resolve(path, 'read')).rejects.toMatchObject({ name: 'OxbowError', code })
    await expect(box.resolve(path, 'write')).rejects.toMatchObject({ name: 'OxbowError', code })
  })

  it('sees nothing of what others have in /tmp, and changes nothing that decides what runs', async () => {
    await expect(box.resolve(join(hostTmp, 'other.txt'), 'read')).rejects.toMatchObject({ code: 'path.notFound' })
    for (const path of ['/workspace/.oxbow/config.toml', '/workspace/.git/hooks/x', '/shared/x/.git/hooks/y', '/shared/.bashrc'])
      await expect(box.resolve(path, 'write')).rejects.toMatchObject({ code: 'path.protected' })
  })

  it('follows no link out of the roots', async () => {
    for (const [name, target] of [
      ['out', root],
      ['vault', join(home, 'vault')],
      ['up', '..'],
    ] as const) {
      for (const folder of [box.tmp, join(home, 'shared')]) symlinkSync(target, join(folder, name))
    }
    for (const path of ['out', 'out/person', 'vault/diary.txt', 'up/oxbow.db', 'up/up/x']) {
      for (const name of ['/tmp', '/shared'])
        await expect(box.resolve(`${name}/${path}`, 'write')).rejects.toMatchObject({ code: 'path.outside' })
    }
  })
})

describe('what a file tool says it did', () => {
  const spool = createSpool(join(home, 'spool'))
  const call = async (name: string, args: Record<string, unknown>, inside = box, ripgrep?: null): Promise<string> => {
    const tool = createTools(ripgrep === undefined ? {} : { ripgrep }).find((one) => one.name === name)!
    const signal = new AbortController().signal
    const how = { sessionId: ids.session(), box: inside, spool, labels: [], space: 'main', signal, onOutput: () => {} }
    return (await tool.run(tool.input.parse(args), how)).text
  }

  it.each([
    ['/tmp/said/a.txt', '/tmp/said/a.txt'],
    ['/shared/said/a.txt', '/shared/said/a.txt'],
    ['/workspace/said/a.txt', 'said/a.txt'],
    ['said/a.txt', 'said/a.txt'],
  ])('names %s as %s', async (path, shown) => {
    expect(await call('write', { path, content: 'needle 4711' })).toMatch(new RegExp(`^(Created|Replaced) ${shown},`))
    expect(await call('edit', { path, oldText: '4711', newText: '4712' })).toContain(`Changed ${shown} (`)
    const folder = dirname(path)
    for (const ripgrep of [undefined, null] as const) {
      expect(await call('find', { pattern: 'a.txt', path: folder }, box, ripgrep)).toBe(shown)
      expect(await call('grep', { pattern: 'needle', path: folder }, box, ripgrep)).toBe(`${shown}:1:needle 4712`)
      expect(await call('grep', { pattern: 'needle', path }, box, ripgrep)).toBe(`${shown}:1:needle 4712`)
    }
    expect(await call('read', { path: shown })).toContain('needle 4712')
  })

  it('leads back where a root has no name', async () => {
    const place = realpathSync(mkdtempSync('/tmp/oxbow-unnamed-'))
    mkdirSync(join(place, 'ws'))
    const inside = await sandbox.open(join(place, 'ws'))
    const path = join(inside.tmp, 'a.txt')
    expect(await call('write', { path, content: 'x' }, inside)).toContain(`Created ${path},`)
    expect(await call('find', { pattern: '*.txt', path: inside.tmp }, inside)).toBe(path)
    await inside.close()
    rmSync(place, { recursive: true })
  })
})

describe.skipIf(!readiness.ready || !linux)('a command', () => {
  it('means the same by the roots as a file tool does', async () => {
    await replaceFile(box, '/shared/from-tool', Buffer.from('one'))
    await replaceFile(box, '/tmp/from-tool', Buffer.from('two'))
    const command = `cat /shared/from-tool /tmp/from-tool /workspace/a.txt; echo three > /shared/c; echo four > /tmp/c; echo five > /workspace/c`
    expect((await run(command)).output).toBe('onetwomine')
    expect(readFileSync(join(home, 'shared/c'), 'utf8')).toBe('three\n')
    expect(readFileSync(join(box.tmp, 'c'), 'utf8')).toBe('four\n')
    expect(readFileSync(join(workspace, 'c'), 'utf8')).toBe('five\n')
  })

  it('begins in a root, and is told of them', async () => {
    expect((await run('pwd -P', '/workspace')).output).toBe(`${workspace}\n`)
    expect((await run('pwd -P; echo x > y', '/shared')).output).toBe(`${join(home, 'shared')}\n`)
    expect((await run('cat y', '/shared')).output).toBe('x\n')
    expect((await run('echo $OXBOW_WORKSPACE $OXBOW_SHARED')).output).toBe(`${workspace} ${join(home, 'shared')}\n`)
    await expect(run('true', '/vault')).rejects.toMatchObject({ code: 'path.vault' })
  })

  it.each([
    ['the vault', 'cat /vault/*; ls -A /vault; touch /vault/x; cat ../../vault/diary.txt'],
    ['what others have in /tmp', `cat ${hostTmp}/other.txt; ls /tmp/oxbow-host-*; cat /proc/self/root${hostTmp}/other.txt`],
    ["the person's documents", `cat ${person}/documents/letter.txt ${person}/.ssh/id; ls -R ${person}`],
    ['them by moving a root', `mv /workspace /w; rm /shared; umount /tmp; mount --bind / /tmp; cat ${hostTmp}/other.txt`],
    ['them by way of init', `cat /proc/1/root${hostTmp}/other.txt /proc/1/root${home}/vault/diary.txt`],
  ])('does not reach %s', async (_, command) => {
    const { output } = await run(command)
    expect(output).not.toContain(SECRET)
    expect(output).not.toMatch(/^(letter.txt|diary.txt|other.txt)$/m)
  })

  it('writes nothing beside the roots, and changes no protected file by their names', async () => {
    await run(
      'echo evil > /workspace/.oxbow/config.toml; echo evil > /workspace/.git/hooks/pre-commit; echo x > /made; mkdir /etc2; rm -rf /workspace/.oxbow',
    )
    expect(readFileSync(join(workspace, '.oxbow/config.toml'), 'utf8')).toBe('mode')
    expect(existsSync(join(workspace, '.git/hooks/pre-commit'))).toBe(false)
    expect([existsSync('/made'), existsSync('/etc2')]).toEqual([false, false])
  })

  it('lays a link where the next command begins, in vain', async () => {
    await run(`ln -s /oldroot${person} /tmp/claude; ln -s /oldroot/etc /tmp/x; ln -sfn /oldroot${person} /shared/here`)
    const { output, code } = await run(`cat /tmp/claude/documents/letter.txt /shared/here/.ssh/id; echo evil > /tmp/x/evil; true`)
    expect(code).toBe(0)
    expect(output).not.toContain(SECRET)
    expect(existsSync('/etc/evil')).toBe(false)
    await run('rm /tmp/claude /tmp/x /shared/here')
  })

  it('finds programs the person installed, but not in the strict profile, which shares nothing', async () => {
    const env = { ...process.env, PATH: `${person}/.local/bin:/usr/bin:/bin` }
    const dev = createProcessSandbox({ ...places, allowHosts: [], env })
    put(join(person, '.local/bin/tool'), '#!/bin/sh\necho tool')
    execFileSync('chmod', ['+x', join(person, '.local/bin/tool')])
    const [development, strict, minimal] = await Promise.all(
      (['development', 'strict', 'minimal'] as const).map((profile) => dev.open(workspace, { profile })),
    )
    expect((await run('tool', workspace, development)).output).toBe('tool\n')
    expect((await run('tool', workspace, strict)).code).toBe(127)
    expect((await run('ls /shared; ls "$OXBOW_SHARED"x', workspace, strict)).code).not.toBe(0)
    await expect(strict!.resolve('/shared/x', 'write')).rejects.toMatchObject({ code: 'path.outside' })
    const documents = `cat ${person}/documents/letter.txt`
    expect((await run(documents, workspace, minimal)).output).toBe(SECRET)
    expect((await run(documents, workspace, strict)).code).not.toBe(0)
    expect((await run(`cat ${person}/.ssh/id`, workspace, minimal)).output).not.toContain(SECRET)
    await Promise.all([development, strict, minimal].map((one) => one!.close()))
  })
})

/** Folders outside of all that is known of a system: of the root folder, and a disk below a folder of the system. */
function foreignPlaces(): { folder: string; disk: string; end(): void } | undefined {
  const made: string[] = []
  const end = (): void => {
    for (const path of made) rmSync(path, { recursive: true, force: true })
  }
  try {
    const [folder, disk] = ['/oxbow-foreign-', '/opt/oxbow-disk-'].map((prefix) => {
      made.push(realpathSync(mkdtempSync(prefix)))
      return made.at(-1)!
    }) as [string, string]
    execFileSync('mount', ['-t', 'tmpfs', 'oxbow', disk], { stdio: 'ignore' })
    return {
      folder,
      disk,
      end() {
        execFileSync('umount', ['-l', disk])
        end()
      },
    }
  } catch {
    end()
    return undefined
  }
}
const foreign = linux && readiness.ready ? foreignPlaces() : undefined
afterAll(() => foreign?.end())

describe.skipIf(!foreign)('another disk, and a folder beside the system', () => {
  const files = () => [join(foreign!.folder, 'letter.txt'), join(foreign!.disk, 'letter.txt')]

  it.each(['strict', 'development'] as const)(
    'are hidden in the profile %s, but not a workspace that lies there',
    async (profile) => {
      for (const path of files()) put(path)
      for (const place of [foreign!.folder, foreign!.disk]) {
        put(join(place, 'ws/a.txt'), 'mine')
        const inside = await sandbox.open(join(place, 'ws'), { profile })
        const { output } = await run(`cat a.txt ${files().join(' ')}`, join(place, 'ws'), inside)
        expect(output).toContain('mine')
        expect(output).not.toContain(SECRET)
        await inside.close()
      }
    },
  )

  it('are hidden also where they came after the box was opened', async () => {
    const inside = await sandbox.open(workspace, { profile: 'strict' })
    await run('true', workspace, inside)
    const late = foreignPlaces()!
    onTestFinished(() => late.end())
    const paths = [join(late.folder, 'x.txt'), join(late.disk, 'x.txt')]
    for (const path of paths) put(path)
    expect((await run(`cat ${paths.join(' ')}`, workspace, inside)).output).not.toContain(SECRET)
    await inside.close()
  })

  it('are there in the profile that hides nothing but secrets', async () => {
    for (const path of files()) put(path)
    const inside = await sandbox.open(workspace, { profile: 'minimal' })
    expect((await run(`cat ${files().join(' ')}`, workspace, inside)).output).toBe(SECRET + SECRET)
    await inside.close()
  })
})

describe('a workspace that lies in the folder a root is named after', () => {
  it('keeps its real path, and the name its real meaning', async () => {
    const place = realpathSync(mkdtempSync('/tmp/oxbow-inside-'))
    put(join(place, 'ws/a.txt'), 'here')
    const inside = await sandbox.open(join(place, 'ws'))
    expect(await inside.resolve(join(place, 'ws/a.txt'), 'read')).toBe(join(place, 'ws/a.txt'))
    await expect(inside.resolve(join(hostTmp, 'other.txt'), 'read')).rejects.toMatchObject({ code: 'path.outside' })
    expect(await inside.resolve('/workspace/a.txt', 'read')).toBe(join(place, 'ws/a.txt'))
    await inside.close()
    rmSync(place, { recursive: true })
  })
})
