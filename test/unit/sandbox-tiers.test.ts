import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { Isolation, type SessionId } from '../../sidecar/contract/index.ts'
import { OxbowError } from '../../sidecar/foundation/index.ts'
import { Boxes, type BoxWish } from '../../sidecar/kernel/index.ts'
import {
  checkWish,
  chooseProfile,
  chooseTier,
  createHostSandbox,
  createPlaces,
  createTiers,
  lazySandbox,
  type Sandbox,
  type TierWishes,
  Vault,
} from '../../sidecar/sandbox/index.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-tiers-')))
const home = join(root, 'home')
const workspace = join(home, 'workspaces', 'one')
const other = join(home, 'workspaces', 'two')
for (const folder of [workspace, other]) mkdirSync(folder, { recursive: true })
const places = { home, tmpRoot: join(home, 'tmp'), shared: join(home, 'shared'), personHome: root }
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('the tier that holds', () => {
  it.each<[TierWishes, string, string]>([
    [{}, 'process', 'default'],
    [{ session: 'host' }, 'host', 'session'],
    [{ agent: 'host' }, 'host', 'agent'],
    [{ setting: 'host' }, 'process', 'default'],
    [{ workspace: 'host' }, 'process', 'default'],
    [{ space: 'host', workspace: 'host', setting: 'host' }, 'process', 'default'],
    [{ session: 'host', setting: 'process' }, 'process', 'setting'],
    [{ session: 'host', workspace: 'container' }, 'container', 'workspace'],
    [{ session: 'process', setting: 'microvm' }, 'microvm', 'setting'],
    [{ session: 'microvm', setting: 'process', space: 'container' }, 'microvm', 'session'],
    [{ agent: 'container', session: 'process' }, 'container', 'agent'],
    [{ session: undefined, setting: undefined }, 'process', 'default'],
  ])('%j: %s, by %s', (wishes, tier, by) => {
    expect(chooseTier(wishes)).toEqual({ tier, by })
  })

  it('is never looser than any wish but host, whatever is wished', () => {
    const tier = fc.option(fc.constantFrom(...Isolation.options), { nil: undefined })
    fc.assert(
      fc.property(fc.record({ agent: tier, space: tier, session: tier, workspace: tier, setting: tier }), (wishes) => {
        const { tier: chosen } = chooseTier(wishes)
        for (const wish of Object.values(wishes))
          if (wish) expect(Isolation.options.indexOf(chosen)).toBeGreaterThanOrEqual(Isolation.options.indexOf(wish))
        if (chosen === 'host') expect([wishes.agent, wishes.session]).toContain('host')
      }),
    )
  })

  it('is said where a person wishes for less than it', () => {
    expect(() => checkWish('host', {})).not.toThrow()
    expect(() => checkWish('microvm', { setting: 'container' })).not.toThrow()
    expect(() => checkWish('host', { workspace: 'process' })).toThrow(/\.oxbow\/config\.toml.* asks for "process"/)
    expect(() => checkWish('process', { setting: 'container' })).toThrow(/sandbox\.tier asks for "container"/)
  })

  it('has a profile, the strictest of those named', () => {
    expect(chooseProfile()).toBe('development')
    expect(chooseProfile('minimal', undefined)).toBe('minimal')
    expect(chooseProfile('minimal', 'strict')).toBe('strict')
    expect(chooseProfile('strict', 'minimal')).toBe('strict')
  })
})

describe('tiers', () => {
  it('refuse what is not built in, and never open another instead', async () => {
    const tiers = createTiers([createHostSandbox(places)])
    expect(tiers.all).toEqual(['host'])
    expect(await tiers.readiness('microvm')).toMatchObject({ ready: false, mend: expect.stringContaining('host') })
    await expect(tiers.open('microvm', workspace)).rejects.toMatchObject({ code: 'sandbox.unavailable' })
    await tiers.close()
  })

  it('are loaded when they are first asked for', async () => {
    let loaded = 0
    const lazy = lazySandbox('host', async () => {
      loaded += 1
      return createHostSandbox(places)
    })
    await lazy.close()
    expect(loaded).toBe(0)
    await Promise.all([lazy.readiness(), lazy.readiness()])
    expect(loaded).toBe(1)
  })
})

describe('the box of a session', () => {
  const session = 'ses_1' as SessionId
  const setUp = (wish: BoxWish, untrusted = false) => {
    const host = createHostSandbox(places)
    const open: string[] = []
    /** A real box, under the name of another tier. */
    const named = (tier: Isolation): Sandbox => ({
      ...host,
      tier,
      async open(path, options) {
        const box = await host.open(path)
        open.push(`${tier} ${options?.profile}`)
        return {
          ...box,
          tier,
          async close() {
            open.splice(open.indexOf(`${tier} ${options?.profile}`), 1)
            await box.close()
          },
        }
      },
    })
    const tiers = createTiers([named('host'), named('process')])
    const checkHost = (): void => {
      if (untrusted) throw new OxbowError('FORBIDDEN', 'sandbox.untrusted', 'It holds words from outside.')
    }
    const boxes = new Boxes({ tiers, choose: async () => wish, checkHost })
    return { boxes, open, wish }
  }

  it('is one, also when many calls want it at once', async () => {
    const { boxes, open } = setUp({ tier: 'process', profile: 'development' })
    const all = await Promise.all(Array.from({ length: 5 }, () => boxes.get(session, workspace)))
    expect(new Set(all).size).toBe(1)
    expect(open).toEqual(['process development'])
    await boxes.closeAll()
    expect(open).toEqual([])
  })

  it.each<[string, Partial<BoxWish>, string]>([
    ['tier', { tier: 'host' }, workspace],
    ['profile', { profile: 'strict' }, workspace],
    ['workspace', {}, other],
  ])('is another after a change of %s, and the old one is closed first', async (_, change, where) => {
    const { boxes, open, wish } = setUp({ tier: 'process', profile: 'development' })
    const first = await boxes.get(session, workspace)
    writeFileSync(join(first.tmp, 'left'), '')
    Object.assign(wish, change)
    const again = await Promise.all([boxes.get(session, where), boxes.get(session, where)])
    expect(new Set(again).size).toBe(1)
    expect(again[0]).not.toBe(first)
    expect(open).toHaveLength(1)
    expect(() => readdirSync(first.tmp)).toThrow(/ENOENT/)
    await boxes.closeAll()
  })

  it('is closed at once where another isolation holds now', async () => {
    const { boxes, open, wish } = setUp({ tier: 'host', profile: 'development' })
    await boxes.get(session, workspace)
    await boxes.settle(session, workspace)
    expect(open).toHaveLength(1)
    wish.tier = 'process'
    await boxes.settle(session, workspace)
    expect(open).toHaveLength(0)
  })

  it('does not open where the name of its workspace leads elsewhere', async () => {
    const { boxes, open } = setUp({ tier: 'process', profile: 'development' })
    const link = join(workspace, 'link')
    symlinkSync(other, link)
    await expect(boxes.get(session, link)).rejects.toMatchObject({ code: 'sandbox.replaced' })
    expect(open).toEqual([])
    rmSync(link)
  })

  it('never opens without isolation where the session holds words from outside', async () => {
    const { boxes, open, wish } = setUp({ tier: 'host', profile: 'development' }, true)
    expect(await boxes.readiness(session, workspace)).toMatchObject({ ready: false, reason: expect.stringContaining('outside') })
    await expect(boxes.get(session, workspace)).rejects.toMatchObject({ code: 'sandbox.untrusted' })
    expect(open).toEqual([])
    wish.tier = 'process'
    expect(await boxes.readiness(session, workspace)).toEqual({ ready: true, tier: 'process' })
    await boxes.closeAll()
  })

  it('cannot be opened where the settings of the workspace cannot be read', async () => {
    const choose = () => Promise.reject(Object.assign(new Error('broken'), {}))
    const boxes = new Boxes({ tiers: createTiers([]), choose, checkHost: () => {} })
    await expect(boxes.get(session, workspace)).rejects.toThrow('broken')
  })
})

describe('the vault', () => {
  const folder = join(home, 'vault')
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  put('diary.txt', 'dear diary')
  put('taxes/2025/a.pdf', 'a')
  put('taxes/2025/b.pdf', 'b')
  put('taxes/note', 'note')
  symlinkSync('/etc', join(folder, 'etc'))
  symlinkSync('/etc/passwd', join(folder, 'taxes/passwd'))
  const vault = new Vault(folder)
  const place = createPlaces(places).open(workspace)
  const copy = async (from: string, to?: string, overwrite = false) => vault.copy(await place, { from, to, overwrite })

  it('is listed, folders first, without what leads out', async () => {
    expect(await vault.list('.')).toMatchObject({
      path: '',
      entries: [
        { name: 'taxes', kind: 'folder', bytes: 0 },
        { name: 'diary.txt', kind: 'file', bytes: 10 },
      ],
    })
    expect((await vault.list('/vault/taxes')).entries.map(({ name }) => name)).toEqual(['2025', 'note'])
  })

  it('gives a file or a folder to a workspace, links left out', async () => {
    expect(await copy('diary.txt')).toEqual({ to: join(workspace, 'diary.txt'), folder: false, files: 1, bytes: 10 })
    expect(readFileSync(join(workspace, 'diary.txt'), 'utf8')).toBe('dear diary')
    expect(await copy('/vault/taxes', '/workspace/in/')).toMatchObject({
      to: join(workspace, 'in/taxes'),
      folder: true,
      files: 3,
    })
    expect(readdirSync(join(workspace, 'in/taxes'))).toEqual(['2025', 'note'])
    expect(await copy('taxes/note', '/shared/note')).toMatchObject({ to: join(home, 'shared/note') })
  })

  it('replaces nothing that nobody said should be', async () => {
    writeFileSync(join(workspace, 'diary.txt'), 'mine')
    await expect(copy('diary.txt')).rejects.toMatchObject({ code: 'vault.exists' })
    expect(readFileSync(join(workspace, 'diary.txt'), 'utf8')).toBe('mine')
    await copy('diary.txt', undefined, true)
    expect(readFileSync(join(workspace, 'diary.txt'), 'utf8')).toBe('dear diary')
  })

  it.each([
    ['../oxbow.db', 'vault.notFound'],
    ['..', 'vault.invalid'],
    ['taxes/../../workspaces', 'vault.invalid'],
    ['/etc/passwd', 'vault.invalid'],
    ['etc', 'vault.invalid'],
    ['etc/passwd', 'vault.invalid'],
    ['taxes/passwd', 'vault.invalid'],
    ['nothing', 'vault.notFound'],
    ['.', 'vault.invalid'],
    ['a\0b', 'vault.invalid'],
  ])('gives nothing for %j', async (from, code) => {
    await expect(copy(from, 'x')).rejects.toMatchObject({ name: 'OxbowError', code })
  })

  it.each([
    ['/etc/x', 'path.outside'],
    ['../x', 'path.outside'],
    ['.oxbow/config.toml', 'path.protected'],
    ['.git/hooks/pre-commit', 'path.protected'],
    ['/vault/x', 'path.vault'],
  ])('puts nothing at %s', async (to, code) => {
    await expect(copy('diary.txt', to)).rejects.toMatchObject({ code })
  })

  it('gives nothing of what is too much', async () => {
    put('huge/small', 'x')
    put('huge/big', '')
    truncateSync(join(folder, 'huge/big'), 101 << 20)
    await expect(copy('huge')).rejects.toMatchObject({ code: 'vault.tooMuch' })
    expect(readdirSync(workspace)).not.toContain('huge')
  })
})
