import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Split, splitBlocks } from '../../renderer/markdown/blocks.ts'
import { lexBlock, plain, safeAddress } from '../../renderer/markdown/lex.ts'

const texts = (text: string) => splitBlocks(text).blocks.map((block) => block.text)

describe('splitBlocks', () => {
  test('cuts at blank lines, headings and fences', () => {
    expect(splitBlocks('one\ntwo\n\n# head\nthree\n```ts\nx\n\ny\n```\nfour').blocks).toEqual([
      { kind: 'text', text: 'one\ntwo\n\n' },
      { kind: 'text', text: '# head\n' },
      { kind: 'text', text: 'three\n' },
      { kind: 'code', lang: 'ts', text: 'x\n\ny', closed: true },
      { kind: 'text', text: 'four' },
    ])
  })

  test('keeps a list with blank lines and indented paragraphs whole', () => {
    expect(texts('- a\n\n- b\n\n  more\n\nend')).toEqual(['- a\n\n- b\n\n  more\n\n', 'end'])
  })

  test('a fence without its end is open code', () => {
    expect(splitBlocks('~~~\nrm -rf').blocks).toEqual([{ kind: 'code', lang: '', text: 'rm -rf', closed: false }])
  })

  test('a fence is closed only by one as long', () => {
    expect(splitBlocks('````\n```\n````\n').blocks).toEqual([{ kind: 'code', lang: '', text: '```', closed: true }])
  })

  test('streamed in any pieces, a text is cut as it is at once', () => {
    const piece = fc.constantFrom('a', ' ', '\n', '\n\n', '- ', '1. ', '# ', '```', '~~~', '    ', '`', '|', '> ', 'é😀', '\\')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        let split: Split | undefined
        let text = ''
        for (const next of pieces) {
          text += next
          split = splitBlocks(text, split)
        }
        expect(split?.blocks ?? []).toEqual(splitBlocks(text).blocks)
      }),
      { numRuns: 500 },
    )
  })

  test('settled blocks keep their identity while text is appended', () => {
    const first = splitBlocks('one\n\ntwo\n\nthree')
    const next = splitBlocks('one\n\ntwo\n\nthree and more', first)
    expect(next.blocks[0]).toBe(first.blocks[0])
    expect(next.blocks[1]).toBe(first.blocks[1])
    expect(next.blocks[2]).not.toBe(first.blocks[2])
  })

  test('a text that is not a continuation is cut anew', () => {
    expect(splitBlocks('other', splitBlocks('one\n\ntwo\n\nthree')).blocks).toEqual([{ kind: 'text', text: 'other' }])
  })
})

describe('lexBlock', () => {
  test('leaves texts unparsed that would cost too much', () => {
    expect(lexBlock('\\'.repeat(200_000), false)).toBeNull()
    expect(lexBlock('word '.repeat(3_000), true)).toBeNull()
    expect(lexBlock('word\n'.repeat(3_000), false)).not.toBeNull()
  })

  test('closes for now what an open text left open', () => {
    expect(lexBlock('some **bold', true)?.[0]).toMatchObject({ tokens: [{ type: 'text' }, { type: 'strong', text: 'bold' }] })
    expect(lexBlock('some **bold', false)?.[0]).toMatchObject({ tokens: [{ type: 'text', text: 'some **bold' }] })
  })
})

test('character references are resolved, and bad ones are left', () => {
  expect(plain('a &amp; b &#65; &#x1f600; &nope; &#99999999;')).toBe('a & b A 😀 &nope; &#99999999;')
})

test.each([
  ['https://example.com/a', 'https://example.com/a'],
  ['mailto:a@b.c', 'mailto:a@b.c'],
  ['javascript:alert(1)', null],
  ['data:text/html,x', null],
  ['file:///etc/passwd', null],
  ['relative/path', null],
])('the link %s opens as %s', (href, opens) => {
  expect(safeAddress(href)).toBe(opens)
})
