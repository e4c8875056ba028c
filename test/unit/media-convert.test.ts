import { PhotonImage } from '@silvia-odwyer/photon-node'
import { imageSize } from 'image-size'
import { describe, expect, test } from 'vitest'
import { toText } from '../../sidecar/media/jobs/convert.ts'
import { shrink } from '../../sidecar/media/jobs/image.ts'
import { toMarkdownTable } from '../../sidecar/media/jobs/table.ts'
import { DOCX, PPTX, XLSX } from '../../sidecar/media/kinds.ts'
import { bmp, docx, jpeg, noisyPng, paragraph, pdf, png, pptx, xlsx } from '../fixtures/media-files.ts'

const text = (mime: string, bytes: Uint8Array | string) => toText(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, mime)

describe('documents become text', () => {
  test('each page of a PDF under its mark; a picture says that it is one', async () => {
    const pages = await text('application/pdf', pdf('The river bends', '', 'and goes on'))
    expect(pages).toBe(
      '[page 1 of 3]\nThe river bends\n\n[page 2 of 3]\n(no text on this page: it may be a picture)\n\n[page 3 of 3]\nand goes on',
    )
  })

  test('a Word document with headings, tables and emphasis', async () => {
    const bold = '<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>very</w:t></w:r><w:r><w:t xml:space="preserve"> old</w:t></w:r></w:p>'
    const cell = (words: string) => `<w:tc>${paragraph(words)}</w:tc>`
    const table = `<w:tbl><w:tr>${cell('tree')}${cell('age')}</w:tr><w:tr>${cell('oak')}${cell('300')}</w:tr></w:tbl>`
    const styles =
      '<?xml version="1.0"?><w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style></w:styles>'
    const relations =
      '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>'
    const bytes = docx(paragraph('Trees', 'Heading1') + bold + table, {
      'word/styles.xml': styles,
      'word/_rels/document.xml.rels': relations,
    })
    const markdown = await text(DOCX, bytes)
    expect(markdown).toContain('# Trees')
    expect(markdown).toContain('**very** old')
    expect(markdown).toContain('| --- | --- |\n| tree | age |\n| oak | 300 |')
  })

  test('a workbook as tables', async () => {
    expect(
      await text(
        XLSX,
        xlsx([
          ['month', 'rain'],
          ['May', 12.5],
          ['a|b', 3],
        ]),
      ),
    ).toBe('## Sums\n\n| month | rain |\n| --- | --- |\n| May | 12.5 |\n| a\\|b | 3 |')
  })

  test('a presentation slide by slide, with notes', async () => {
    const slides = Array.from({ length: 11 }, (_, at) => [`Slide ${at + 1}`, 'more'])
    const words = await text(PPTX, pptx([...slides, []], 'say hello'))
    expect(words).toContain('[slide 1 of 12]\nSlide 1\nmore\n\nNotes:\nsay hello\n\n[slide 2 of 12]\nSlide 2')
    expect(words).toContain('[slide 10 of 12]\nSlide 10')
    expect(words).toMatch(/\[slide 12 of 12]\n\(no text on this slide\)$/)
  })

  test('a page without its scripts and styles', async () => {
    const markdown = await text(
      'text/html',
      '<!doctype html><head><title>Rivers</title><style>p{}</style></head><body onload="x()"><script>alert(1)</script><h2>Two</h2><p>a <a href="https://x.test/">link</a></p><iframe src="https://y.test"></iframe><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>',
    )
    expect(markdown.replaceAll(/ +/g, ' ')).toBe(
      '# Rivers\n\n## Two\n\na [link](https://x.test/)\n\n| a | b |\n| --- | --- |\n| 1 | 2 |',
    )
  })

  test.each([
    ['<p>one</p><p>two', 'one\n\ntwo'],
    ['<html><ul><li>one</ul>', '- one'],
    ['<!DOCTYPE html><html><head><title>T</title><meta charset=utf-8><body>one', '# T\n\none'],
    ['<title>T</title><h1>H</h1>', '# H'],
    ['<body><p>one<!-- <b>not</b> --><noscript>two</noscript></p>', 'one'],
    ['', ''],
  ])('a page that is not quite one: %j', async (html, markdown) => {
    expect((await text('text/html', html)).replaceAll(/ +/g, ' ')).toBe(markdown)
  })

  test.each([
    ['a,b\n1,"x, ""y""\nz"\n', '| a | b |\n| --- | --- |\n| 1 | x, "y"<br>z |'],
    ['\ufeffa;b\n1;2,5', '| a | b |\n| --- | --- |\n| 1 | 2,5 |'],
    ['a\tb\n1\t2', '| a | b |\n| --- | --- |\n| 1 | 2 |'],
    ['a,b\n1\n1,2,3\n', '| a | b |  |\n| --- | --- | --- |\n| 1 |  |  |\n| 1 | 2 | 3 |'],
    ['', ''],
  ])('a table in text: %j', async (csv, markdown) => {
    expect(await text('text/csv', csv)).toBe(markdown)
  })

  test('a table is cut between rows, and says by how many', () => {
    const rows = Array.from({ length: 100 }, (_, at) => [at, 'x'])
    const cut = toMarkdownTable(rows, 200)
    expect(cut.length).toBeLessThan(260)
    expect(cut).toMatch(/\n\[\d+ more rows\]$/)
  })

  test.each([
    ['application/pdf', '%PDF-1.7 and nothing'],
    [DOCX, docx('').subarray(0, 300)],
    [XLSX, docx(paragraph('x'))],
    [PPTX, docx(paragraph('x'))],
  ])('a damaged one is refused: %s', async (mime, bytes) => {
    await expect(text(mime, bytes)).rejects.toMatchObject({
      code: expect.stringMatching(/^media\.(damaged|polyglot)$/),
      hint: expect.any(String),
    })
  })
})

describe('images are made smaller', () => {
  const sizes = (bytes: Uint8Array) => {
    const { width, height, type } = imageSize(bytes)
    return { width, height, type }
  }
  /** The colour of a pixel. */
  const at = (bytes: Uint8Array, x: number, y: number): number[] => {
    const image = PhotonImage.new_from_byteslice(bytes)
    const start = (y * image.get_width() + x) * 4
    return [...image.get_raw_pixels().subarray(start, start + 3)]
  }

  test('to the longer edge, keeping their shape', () => {
    expect(sizes(shrink(jpeg(400, 100), { edge: 200, bytes: 1e6 }).bytes)).toEqual({ width: 200, height: 50, type: 'jpg' })
    expect(sizes(shrink(png(100, 400), { edge: 200, bytes: 1e6 }).bytes)).toEqual({ width: 50, height: 200, type: 'png' })
  })

  test('another format becomes one that models read', () => {
    expect(shrink(bmp(4, 4), { edge: 100, bytes: 1e6 }).mime).toBe('image/png')
  })

  test('what is still too heavy becomes a JPEG, and then smaller', () => {
    const noisy = noisyPng(300, 300)
    expect(noisy.length).toBeGreaterThan(200_000)
    const asJpeg = shrink(noisy, { edge: 300, bytes: 100_000 })
    expect(asJpeg.mime).toBe('image/jpeg')
    const small = shrink(noisy, { edge: 300, bytes: 10_000 })
    expect(small.bytes.length).toBeLessThanOrEqual(10_000)
    expect(sizes(small.bytes).width).toBeLessThan(300)
  })

  test('transparency becomes white where it cannot stay', () => {
    const clear = png(400, 400, 0)
    const { bytes, mime } = shrink(clear, { edge: 400, bytes: 2000 })
    if (mime === 'image/jpeg') expect(at(bytes, 0, 0)).toEqual([255, 255, 255])
    else expect(bytes.length).toBeLessThanOrEqual(2000)
  })

  // Red is to the left of what the camera stored; where it ends up when the picture is upright:
  test.each([
    [1, 'left'],
    [2, 'right'],
    [3, 'right'],
    [4, 'left'],
    [5, 'top'],
    [6, 'top'],
    [7, 'bottom'],
    [8, 'bottom'],
  ])('orientation %i turns them upright: red is %s', (orientation, side) => {
    const { bytes } = shrink(jpeg(64, 32, orientation), { edge: 60, bytes: 1e6 })
    const { width, height } = sizes(bytes)
    expect(width > height).toBe(orientation < 5)
    const middle = {
      left: [3, height / 2],
      right: [width - 4, height / 2],
      top: [width / 2, 3],
      bottom: [width / 2, height - 4],
    }[side]!
    const [red, , blue] = at(bytes, Math.floor(middle[0]!), Math.floor(middle[1]!))
    expect(red).toBeGreaterThan(150)
    expect(blue).toBeLessThan(100)
  })

  test('one that breaks off is refused', () => {
    expect(() => shrink(png(64, 64).subarray(0, 60), { edge: 10, bytes: 1e6 })).toThrow(
      expect.objectContaining({ code: 'media.damaged' }),
    )
  })
})
