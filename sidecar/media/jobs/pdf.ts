import { getDocument } from 'unpdf/pdfjs'
import { damaged, MediaProblem } from '../problem.ts'
import { MOST_CHARACTERS } from './limits.ts'

type Pdf = Awaited<ReturnType<typeof getDocument>['promise']>

/** @throws MediaProblem `media.locked`, `media.damaged` */
export function pagesOf(bytes: Uint8Array): Promise<number> {
  return withPdf(bytes, async (pdf) => pdf.numPages)
}

/** The text of a PDF, each page under its mark. Pages that are pictures say so. */
export function pdfText(bytes: Uint8Array): Promise<string> {
  return withPdf(bytes, async (pdf) => {
    const pages: string[] = []
    let size = 0
    for (let number = 1; number <= pdf.numPages && size < MOST_CHARACTERS; number++) {
      const page = await pdf.getPage(number)
      const { items } = await page.getTextContent()
      const text = items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('')
      page.cleanup()
      const marked = `[page ${number} of ${pdf.numPages}]\n${text.trim() || '(no text on this page: it may be a picture)'}`
      pages.push(marked)
      size += marked.length
    }
    return pages.join('\n\n')
  })
}

async function withPdf<T>(bytes: Uint8Array, read: (pdf: Pdf) => Promise<T>): Promise<T> {
  // A copy: the reader takes the bytes over. Scripts and fonts of a document are never run or drawn.
  const loading = getDocument({
    data: new Uint8Array(bytes),
    verbosity: 0,
    disableFontFace: true,
    useSystemFonts: false,
  })
  try {
    return await read(await loading.promise)
  } catch (error) {
    if (error instanceof Error && error.name === 'PasswordException')
      throw new MediaProblem('media.locked', 'this PDF is locked with a password', 'Save a copy without the password.')
    throw damaged('PDF', error)
  } finally {
    await loading.destroy()
  }
}
