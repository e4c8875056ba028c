import { zipSync } from 'fflate'
import { DOMParser } from 'linkedom'
import { damaged, MediaProblem } from '../problem.ts'
import { openArchive } from './archive.ts'
import { toMarkdownTable } from './table.ts'

/** A Word document as Markdown; its pictures are left out. */
export async function docxToMarkdown(bytes: Uint8Array): Promise<string> {
  const { default: mammoth } = await import('mammoth')
  const { htmlToMarkdown } = await import('./html.ts')
  const buffer = repacked(bytes, (name) => name.endsWith('.xml') || name.endsWith('.rels'))
  return reading('Word document', async () => {
    const convertImage = mammoth.images.imgElement(async () => ({ src: '' }))
    const { value } = await mammoth.convertToHtml({ buffer }, { convertImage, externalFileAccess: false })
    return htmlToMarkdown(value.replace(/<img[^>]*>/g, ''))
  })
}

/** A workbook as one Markdown table for each sheet. */
export async function xlsxToMarkdown(bytes: Uint8Array): Promise<string> {
  const { default: readWorkbook } = await import('read-excel-file/node')
  const buffer = repacked(bytes, (name) => name.endsWith('.xml') || name.endsWith('.rels'))
  return reading('workbook', async () => {
    const sheets = await readWorkbook(buffer)
    return sheets.map(({ sheet, data }) => `## ${sheet}\n\n${toMarkdownTable(data) || '(empty)'}`).join('\n\n')
  })
}

/** A presentation as Markdown: each slide under its mark, with its notes. */
export async function pptxToMarkdown(bytes: Uint8Array): Promise<string> {
  const entries = openArchive(bytes, (name) => /^ppt\/(?:slides|notesSlides)\/(?:_rels\/)?[^/]+\.(?:xml|rels)$/.test(name))
  return reading('presentation', async () => {
    const slides = [...entries.keys()]
      .flatMap((name) => {
        const number = /^ppt\/slides\/slide(\d+)\.xml$/.exec(name)?.[1]
        return number === undefined ? [] : [{ name, number: Number(number) }]
      })
      .sort((a, b) => a.number - b.number)
    if (slides.length === 0) throw new Error('it has no slides')
    return slides
      .map(({ name, number }, at) => {
        const notes = notesOf(entries, number)
        const words = paragraphsOf(entries.get(name)) || '(no text on this slide)'
        return `[slide ${at + 1} of ${slides.length}]\n${words}${notes && `\n\nNotes:\n${notes}`}`
      })
      .join('\n\n')
  })
}

function notesOf(entries: ReadonlyMap<string, Uint8Array>, slide: number): string {
  const relations = entries.get(`ppt/slides/_rels/slide${slide}.xml.rels`)
  const target = relations && /Target="\.\.\/notesSlides\/(notesSlide\d+\.xml)"/.exec(decode(relations))?.[1]
  // The last paragraph of a notes page is its number.
  return target === undefined ? '' : paragraphsOf(entries.get(`ppt/notesSlides/${target}`)).replace(/\n?\d+$/, '')
}

/** The paragraphs of a slide, a line each; those of tables with their cells side by side. */
function paragraphsOf(xml: Uint8Array | undefined): string {
  if (!xml) return ''
  const document = new DOMParser().parseFromString(decode(xml), 'text/xml')
  const lines: string[] = []
  for (const paragraph of document.getElementsByTagName('a:p')) {
    const runs = [...paragraph.getElementsByTagName('a:t')].map((run) => run.textContent ?? '')
    const line = runs.join('').trim()
    if (line) lines.push(line)
  }
  return lines.join('\n')
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/**
 * The checked entries as a new archive, unpacked: readers of other people see what was checked, and nothing else.
 */
function repacked(bytes: Uint8Array, wanted: (name: string) => boolean): Buffer {
  const entries = openArchive(bytes, wanted)
  return Buffer.from(zipSync(Object.fromEntries(entries), { level: 0 }))
}

async function reading<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw error instanceof MediaProblem ? error : damaged(what, error)
  }
}
