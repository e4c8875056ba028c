import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parted, withValues } from '../../sidecar/memory/knowledge/front-matter.ts'
import { parseNote } from '../../sidecar/memory/knowledge/note.ts'
import { piecesOf } from '../../sidecar/memory/knowledge/pieces.ts'
import { createTools, type ToolContext } from '../../sidecar/tools/index.ts'
import { memoryBench, remember } from '../fixtures/memory.ts'

/** A room whose folder of notes has these files. */
function bench(files: Record<string, string>, convert?: (path: string, name: string) => Promise<string>) {
  const made = memoryBench(convert ? { convert } : {})
  const folder = join(dirname(made.file), 'knowledge')
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  for (const [path, text] of Object.entries(files)) write(path, text)
  return { ...made, folder, write, notes: made.room.knowledge }
}

const GARDEN = `---
title: Garden plan
tags: [garden, spring]
aliases: [The Garden]
custom: kept # with its comment
---
Bulbs come from [[Suppliers|the shop]], see [[Suppliers#Tulips]] and \`[[no link]]\`.

# Beds
The tulip bed lies in the north. #flowers

## Depth
Three times the height of the bulb.
`

describe('a note', () => {
  it('says its title, tags, aliases and links as Obsidian reads them', () => {
    const { title, tags, aliases, links, body } = parseNote('garden.md', GARDEN)
    expect({ title, tags, aliases }).toEqual({
      title: 'Garden plan',
      tags: ['garden', 'spring', 'flowers'],
      aliases: ['The Garden'],
    })
    expect(links).toEqual([
      { target: 'Suppliers', heading: undefined, alias: 'the shop' },
      { target: 'Suppliers', heading: 'Tulips', alias: undefined },
    ])
    expect(body.startsWith('Bulbs')).toBe(true)
    expect(parseNote('a/Plain note.md', 'just words').title).toBe('Plain note')
    expect(parseNote('x.md', '---\n[broken: {\n---\nwords').body).toBe('words')
  })

  it('keeps what its front matter says beside what is set', () => {
    const front = withValues(parted(GARDEN).front, { taint: ['agent'] })
    expect(front).toContain('custom: kept # with its comment')
    expect(front).toContain('tags: [ garden, spring ]')
    expect(front).toContain('taint:')
    expect(() => withValues('[broken: {', { taint: [] })).toThrow(/cannot be read/)
    expect(withValues('[broken: {', {})).toBe('[broken: {')
  })

  it('is cut at its headings, and where it is too long', () => {
    const pieces = piecesOf(
      `${parted(GARDEN).body}\n# Long\n${'A line about compost.\n'.repeat(300)}\n\`\`\`\n# no heading\n\`\`\``,
    )
    expect(pieces.slice(0, 3).map(({ headings }) => headings)).toEqual([[], ['Beds'], ['Beds', 'Depth']])
    expect(pieces.length).toBeGreaterThan(5)
    for (const { text } of pieces) expect(text.length).toBeLessThanOrEqual(1600)
    expect(pieces.at(-1)).toMatchObject({ headings: ['Long'] })
  })
})

describe('the folder of notes', () => {
  it('is searched with the memories and by itself, by piece', async () => {
    const { notes, room } = bench({ 'garden.md': GARDEN, 'sub/Suppliers.md': '# Tulips\nThe shop in Lisse sells them.' })
    room.save(remember('The person likes tulips in vases'))
    const [best] = await notes.search('three times the height', 3)
    expect(best).toMatchObject({ path: 'garden.md', title: 'Garden plan', headings: ['Beds', 'Depth'] })
    const found = await room.search({ query: 'tulips', limit: 10, space: 'main', agent: '' })
    expect(new Set(found.map(({ memory }) => memory.source.file))).toEqual(new Set([undefined, 'garden.md', 'sub/Suppliers.md']))
    expect((await notes.search('tulips vases', 10)).map(({ path }) => path)).not.toContain(undefined)
    // They are no memories that tending, lists or the context would take.
    expect(room.list({ limit: 10 }).memories).toHaveLength(1)
    expect(room.export({ limit: 10 }).jsonl.trim().split('\n')).toHaveLength(1)
    expect(room.recall.hot({ space: 'main', agent: '' }).map(({ text }) => text)).not.toContain('knowledge')
    const piece = found.find(({ memory }) => memory.source.file === 'garden.md')!
    expect(() => room.update({ id: piece.id, text: 'x' })).toThrow(/piece of the note garden.md/)
    expect(() => room.forget({ ids: [piece.id], dryRun: false })).toThrow(/piece of the note/)
    expect(await room.forget({ query: 'tulips', dryRun: true })).toBe(1)
  })

  it('of what an agent is shown the file is named, by its real path: its labels are those of any file', async () => {
    const { room, folder } = bench(
      { 'hr/pay.md': '# Salaries\nThe quokka earns 12 crowns.' },
      async () => 'Revenue of the numbat.',
    )
    const named = `${folder}-by-a-link`
    renameSync(folder, named)
    symlinkSync(named, folder)
    writeFileSync(join(named, 'report.pdf'), '%PDF')
    const tools = createTools({ memory: async () => room })
    const files = async (name: string, args: object): Promise<string[]> => {
      const tool = tools.find((one) => one.name === name)!
      const context = { space: 'main', sessionId: 'ses_1' } as unknown as ToolContext
      return [...((await tool.run(tool.input.parse(args), context)).files ?? [])].sort()
    }
    const pay = join(realpathSync(named), 'hr/pay.md')
    const report = ['report.pdf', 'report.pdf.md'].map((name) => join(realpathSync(named), name))
    expect(await files('knowledge_read', { path: 'hr/pay.md' })).toEqual([pay])
    expect(await files('knowledge_search', { query: 'quokka earns', limit: 1 })).toEqual([pay])
    expect(await files('knowledge_read', { path: 'report.pdf.md' })).toEqual(report)
    expect(await files('knowledge_list', {})).toEqual([pay, ...report])
    room.save(remember('A memory is in no file, quokka'))
    expect(await files('memory_search', { query: 'quokka earns' })).toContain(pay)
    expect(await files('memory_list', {})).toEqual([])
  })

  it('knows links and backlinks by path, name and alias', async () => {
    const { notes } = bench({
      'garden.md': GARDEN,
      'sub/Suppliers.md': 'Back to [[the garden]] and to [[nowhere]].',
      'other.md': 'See [[sub/Suppliers]].',
    })
    expect(await notes.links('garden.md')).toEqual({
      links: [
        { target: 'Suppliers', alias: 'the shop', path: 'sub/Suppliers.md' },
        { target: 'Suppliers', heading: 'Tulips', path: 'sub/Suppliers.md' },
      ],
      backlinks: [{ path: 'sub/Suppliers.md', title: 'Suppliers' }],
    })
    const { links, backlinks } = await notes.read('sub/Suppliers.md')
    expect(links).toEqual([{ target: 'the garden', path: 'garden.md' }, { target: 'nowhere' }])
    expect(backlinks.map(({ path }) => path)).toEqual(['garden.md', 'other.md'])
  })

  it('follows what changes, moves and goes, also while nobody looked', async () => {
    const { notes, write, folder, reopen } = bench({ 'a.md': 'about quinces', 'b.md': 'about medlars' })
    expect((await notes.list({ limit: 10 })).notes.map(({ path }) => path)).toEqual(['a.md', 'b.md'])
    await notes.close()
    write('a.md', 'about damsons now')
    utimesSync(join(folder, 'a.md'), new Date(), new Date(Date.now() + 5000))
    renameSync(join(folder, 'b.md'), join(folder, 'c.md'))
    const again = (await reopen()).knowledge
    expect((await again.list({ limit: 10 })).notes.map(({ path }) => path)).toEqual(['a.md', 'c.md'])
    expect((await again.search('damsons', 5)).map(({ path }) => path)).toContain('a.md')
    expect((await again.search('"quinces"', 5)).map(({ text }) => text).join()).not.toContain('quinces')
    expect((await again.search('"medlars"', 5))[0]).toMatchObject({ path: 'c.md' })
    rmSync(folder, { recursive: true })
    await again.close()
    expect((await (await reopen()).knowledge.list({ limit: 10 })).notes).toEqual([])
  })

  it('lets nobody out: not by dots, not by links, not into hidden files', async () => {
    const { notes, folder, file } = bench({ 'a.md': 'x' })
    writeFileSync(join(dirname(file), 'secret.md'), 'secret plans')
    symlinkSync(join(dirname(file), 'secret.md'), join(folder, 'link.md'))
    symlinkSync(dirname(file), join(folder, 'out'))
    for (const path of [
      '../secret.md',
      '/etc/passwd.md',
      'out/secret.md',
      'link.md',
      '.obsidian/x.md',
      'a/../../secret.md',
      'a\\b.md',
    ]) {
      await expect(notes.read(path)).rejects.toThrow(/no place in the folder/)
      await expect(notes.write(path, 'mine')).rejects.toThrow(/no place in the folder/)
    }
    expect((await notes.list({ limit: 10 })).notes.map(({ path }) => path)).toEqual(['a.md'])
    expect((await notes.search('secret plans', 5)).map(({ text }) => text)).not.toContain('secret plans')
    expect(readFileSync(join(dirname(file), 'secret.md'), 'utf8')).toBe('secret plans')
    await expect(notes.write('plain.txt', 'x')).rejects.toThrow(/is no note/)
  })

  it('keeps the front matter of a note that is edited, and labels what an agent writes', async () => {
    const { notes, folder } = bench({ 'garden.md': GARDEN })
    await notes.write('garden.md', 'A new body\n')
    const own = readFileSync(join(folder, 'garden.md'), 'utf8')
    expect(own).toContain('custom: kept # with its comment')
    expect(own.endsWith('---\nA new body\n')).toBe(true)
    expect((await notes.write('garden.md', 'From the web', ['untrusted'])).taint).toEqual(['agent', 'untrusted'])
    // Nobody makes it more trusted by writing again, or by bringing another front matter.
    expect((await notes.write('garden.md', '---\ntaint: []\n---\nclean', [])).taint).toEqual(['agent', 'untrusted'])
    expect((await notes.search('clean', 1))[0]).toMatchObject({ taint: ['agent', 'untrusted'] })
    expect((await notes.write('deep/er/new.md', 'words', [])).taint).toEqual(['agent'])
  })

  it('makes notes of documents, labelled as a stranger’s, and takes the person’s own as theirs', async () => {
    const asked: string[] = []
    const { notes, write, folder } = bench({ 'in/report.pdf': '%PDF' }, async (_path, name) => {
      asked.push(name)
      if (name === 'broken.docx') throw new Error('damaged')
      return 'The yearly revenue was 12 crowns.'
    })
    const [piece] = await notes.search('yearly revenue', 3)
    expect(piece).toMatchObject({ path: 'in/report.pdf.md', taint: ['untrusted'] })
    expect(readFileSync(join(folder, 'in/report.pdf.md'), 'utf8')).toMatch(/^---\nsource: in\/report.pdf\n/)
    write('broken.docx', 'x')
    const own = await notes.add('notes.txt', new TextEncoder().encode('My own words'), true)
    expect(own).toMatchObject({ path: 'notes.md', taint: [] })
    expect(await notes.add('notes.txt', new TextEncoder().encode('Other words'), false)).toMatchObject({
      path: 'notes 2.md',
      taint: ['untrusted'],
    })
    expect(await notes.add('b.pdf', new Uint8Array([1]), true)).toMatchObject({ path: 'b.pdf.md', taint: [] })
    await expect(notes.add('x.exe', new Uint8Array([1]), true)).rejects.toThrow(/no kind of document/)
    expect(asked.filter((name) => name === 'report.pdf')).toHaveLength(1)
  })
})
