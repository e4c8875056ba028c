import { describe, expect, test } from 'vitest'
import { canonical } from '../../sidecar/audit/canonical.ts'
import { check, codes, exported, filled, openRecord, witnessOf } from '../fixtures/audit.ts'

describe('an export', () => {
  test('verifies by itself, and with its key and witness known', async () => {
    const { audit, folder } = await filled()
    const lines = await exported(audit)
    const alone = await check(lines)
    expect(alone).toMatchObject({ ok: true, entries: 620, signed: 620, keyKnown: false })
    expect(await check(lines, { key: alone.key, witnesses: witnessOf(folder) })).toMatchObject({ ok: true, keyKnown: true })
  })

  test('of some entries proves each of them', async () => {
    const { audit } = await filled(400)
    const lines = await exported(audit, { tool: 'read' })
    expect(await check(lines)).toMatchObject({ ok: true, entries: 200, signed: 200, size: 400 })
    const { lines: one } = await audit.prove({ position: 123 })
    expect(await check(one)).toMatchObject({ ok: true, entries: 1, signed: 1 })
    expect(codes(await check(one.map((line) => line.replace('call 123', 'call 124'))))).toEqual(['entry.changed'])
    expect(codes(await check(one.slice(0, -1)))).toEqual(['entry.unproven'])
    expect(codes(await check(one.toSpliced(1, 1)))).toContain('export.unsigned')
    await expect(audit.prove({ position: 400 })).rejects.toThrow('there is no entry 400')
  })

  test('of growth ties an older checkpoint to the newest', async () => {
    const { audit, folder } = await filled(400)
    for (const since of [1, 100, 255, 256, 300, 400])
      expect(await check((await audit.prove({ since })).lines, { witnesses: witnessOf(folder) })).toMatchObject({ ok: true })
    const { lines } = await audit.prove({ since: 300 })
    expect(await check(lines)).toMatchObject({ entries: 0, grewFrom: 300, size: 400 })
    const other = (await filled(300)).audit
    const root = JSON.parse((await other.prove({ since: 300 })).lines.at(-1)!).root as string
    const claimed = lines.map((line) =>
      line.includes('consistency') ? line.replace(/"root":"[^"]+"/, `"root":"${root}"`) : line,
    )
    expect(codes(await check(claimed))).toEqual(['record.inconsistent'])
    await expect(audit.prove({ since: 401 })).rejects.toThrow('has 400 entries')
  })

  const attacks: [string, (lines: string[]) => string[], string | RegExp][] = [
    ['one byte changed', (l) => l.map((line) => line.replace('call 345', 'call 346')), 'entry.changed'],
    ['an entry removed', (l) => l.filter((line) => !line.includes('"call 345"')), 'entry.missing'],
    ['an entry twice', (l) => l.flatMap((line) => (line.includes('"call 345"') ? [line, line] : [line])), 'entry.missing'],
    ['cut off at a line', (l) => l.slice(0, 300), 'export.truncated'],
    [
      'cut off at a checkpoint',
      (l) => l.slice(0, l.findIndex((line) => line.includes('"size":200}') && line.includes('checkpoint')) + 1),
      'export.truncated',
    ],
    ['no checkpoint left', (l) => l.filter((line) => !line.startsWith('{"type":"checkpoint"')), 'export.truncated'],
    ['a line that is none', (l) => l.toSpliced(5, 0, '{"type":"note"}'), 'export.line'],
    [
      'a signature changed',
      (l) =>
        l.map((line) =>
          line.includes('"size":620')
            ? line.replace(/(.)(.{8}=*\\n",)/, (_, sign: string, rest: string) => `${sign === 'A' ? 'B' : 'A'}${rest}`)
            : line,
        ),
      /checkpoint.forged|export/,
    ],
  ]
  test.each(attacks)('%s: found', async (_, attack, code) => {
    const { audit } = await filled()
    const lines = await exported(audit)
    const changed = attack(lines)
    expect(changed).not.toEqual(lines)
    const report = await check(changed)
    expect(report.ok).toBe(false)
    expect(report.faults[0]!.code).toMatch(code)
  })

  test.each([
    ['count', 'counu'],
    ['size', 'sizd'],
    ['whole', 'wholf'],
  ])('%s in the header under another name: found', async (name, other) => {
    const { audit } = await filled(5)
    for (const lines of [
      await exported(audit),
      (await audit.prove({ position: 2 })).lines,
      (await audit.prove({ since: 2 })).lines,
    ])
      await expect(check(lines.with(0, lines[0]!.replace(`"${name}"`, `"${other}"`)))).rejects.toThrow('no header')
    const lines = await exported(audit)
    await expect(check(lines.with(0, lines[0]!.replace('"count":5,', '')))).rejects.toThrow('how many entries')
  })

  test('a member that nobody reads, whatever its name: found', async () => {
    const { audit } = await filled(5)
    const lines = await exported(audit)
    for (const name of ['more', 'toString', 'constructor']) {
      const at = lines.findIndex((line) => line.startsWith('{"type":"leaves"'))
      const { type, ...rest } = JSON.parse(lines[at]!) as Record<string, unknown>
      const changed = `{"type":"${type}",${canonical({ ...rest, [name]: 'unseen' }).slice(1)}`
      const { ok, faults } = await check(lines.with(at, changed))
      expect({ name, ok, code: faults[0]?.code }).toEqual({ name, ok: false, code: 'export.line' })
    }
  })

  test('bits behind the end of a signature: found', async () => {
    const { audit } = await filled(5)
    const { lines } = await audit.prove({ position: 2 })
    // 68 bytes end with one sign of which two bits are used.
    const changed = lines.map((line) =>
      line.replace(/(.)=\\n"/, (_, sign: string) => `${String.fromCharCode(sign.charCodeAt(0) + 1)}=\\n"`),
    )
    expect(changed).not.toEqual(lines)
    expect((await check(changed)).ok).toBe(false)
  })

  test('two entries in another order: found, with their places', async () => {
    const { audit } = await filled()
    const lines = await exported(audit)
    const at = lines.findIndex((line) => line.includes('"call 345"'))
    const report = await check(lines.with(at, lines[at + 1]!).with(at + 1, lines[at]!))
    expect(report.faults).toMatchObject([
      { code: 'entry.moved', position: 345 },
      { code: 'entry.moved', position: 346 },
    ])
  })

  test('made shorter in all its parts: only a witness knows', async () => {
    const { audit, folder } = await filled()
    const lines = await exported(audit)
    const end = lines.findIndex((line) => line.startsWith('{"type":"checkpoint"') && line.includes('"size":300'))
    const shorter = lines.slice(0, end + 1).map((line, at) => (at === 0 ? line.replaceAll(':620', ':300') : line))
    expect((await check(shorter)).ok).toBe(true)
    expect(codes(await check(shorter, { witnesses: witnessOf(folder) }))).toEqual(['record.rolledBack'])
  })

  test('of another key: found by who knows the right one', async () => {
    const [mine, other] = [await filled(50), await filled(50)]
    const { key } = await check(await exported(mine.audit))
    const forged = await exported(other.audit)
    expect((await check(forged)).keyKnown).toBe(false)
    expect(codes(await check(forged, { key }))).toEqual(expect.arrayContaining(['key.differs', 'checkpoint.forged']))
    expect((await check(forged, { key })).signed).toBe(0)
  })

  test('of something else is refused in words', async () => {
    await expect(check([])).rejects.toThrow('it is empty')
    await expect(check(['hello'])).rejects.toThrow('no header')
    const { audit } = await filled(3)
    await expect(check(await exported(audit), { key: 'x' })).rejects.toThrow('no key')
    await expect(exported(openRecord().audit)).rejects.toThrow('nothing was recorded')
  })
})
