import { DOCX, PPTX, XLSX } from '../kinds.ts'
import { damaged } from '../problem.ts'
import { MOST_CHARACTERS } from './limits.ts'
import { decodeText } from './text.ts'

/** The text of a PDF or a document, as a model gets it. @throws MediaProblem `media.damaged`, `media.locked`, `media.bomb` */
export async function toText(bytes: Uint8Array, mime: string): Promise<string> {
  const text = await convert(bytes, mime)
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}\n[the rest was left out]` : text
}

async function convert(bytes: Uint8Array, mime: string): Promise<string> {
  switch (mime) {
    case 'application/pdf':
      return (await import('./pdf.ts')).pdfText(bytes)
    case DOCX:
      return (await import('./office.ts')).docxToMarkdown(bytes)
    case XLSX:
      return (await import('./office.ts')).xlsxToMarkdown(bytes)
    case PPTX:
      return (await import('./office.ts')).pptxToMarkdown(bytes)
    case 'text/html':
      return (await import('./html.ts')).htmlToMarkdown(decoded(bytes))
    case 'text/csv':
      return (await import('./table.ts')).csvToMarkdown(decoded(bytes))
    default:
      return decoded(bytes)
  }
}

function decoded(bytes: Uint8Array): string {
  const text = decodeText(bytes)
  if (text === undefined) throw damaged('text', 'it is no UTF-8')
  return text
}
