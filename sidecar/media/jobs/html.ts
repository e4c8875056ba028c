import gfm from '@joplin/turndown-plugin-gfm'
import { parseHTML } from 'linkedom'
import TurndownService from 'turndown'

/** What is never words for a reader. */
const SILENT = 'script,style,noscript,template,iframe,object,embed,svg,canvas,link,meta,head,title'

/** A page as Markdown. Nothing of it is run or fetched. */
export function htmlToMarkdown(html: string): string {
  const { document } = parseHTML(/<html[\s>]/i.test(html) ? html : `<!doctype html><html><body>${html}</body></html>`)
  const title = document.querySelector('title')?.textContent?.trim() ?? ''
  for (const element of document.querySelectorAll(SILENT)) element.remove()
  for (const image of document.querySelectorAll('img[src^="data:"]')) image.setAttribute('src', '')
  for (const cell of document.querySelectorAll('td,th')) flatten(cell)
  const turndown = new TurndownService({ headingStyle: 'atx', codeBlockStyle: 'fenced', bulletListMarker: '-', emDelimiter: '*' })
  turndown.use(gfm.gfm)
  const body = turndown.turndown(document.documentElement.innerHTML).trim()
  return title && !body.startsWith('# ') ? `# ${title}\n\n${body}` : body
}

/** A cell of a Markdown table is one line: its paragraphs become lines within it. */
function flatten(cell: Element): void {
  const blocks = [...cell.querySelectorAll('p,div')]
  for (const [at, block] of blocks.entries()) {
    if (at > 0) block.before(cell.ownerDocument.createElement('br'))
    block.replaceWith(...block.childNodes)
  }
}
