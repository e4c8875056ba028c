import { Readability } from '@mozilla/readability'
import { parseHTML } from 'linkedom'
import { htmlToMarkdown } from './html.ts'
import { MOST_CHARACTERS } from './limits.ts'

/** Elements that are looked at; a page with more is taken as a whole. */
const MOST_ELEMENTS = 50_000
/** An article that is a smaller part of its page than this is none. */
const LEAST_SHARE = 0.2

/** A web page as Markdown: its article where it has one, without what stands around it. Nothing of it is run or fetched. */
export function pageToMarkdown(html: string, url: string): string {
  const text = htmlToMarkdown(articleOf(html) ?? html)
  return withWholeLinks(text, url).slice(0, MOST_CHARACTERS)
}

function articleOf(html: string): string | undefined {
  try {
    const { document } = parseHTML(html)
    const whole = document.body?.textContent?.trim().length ?? 0
    const article = new Readability(document as unknown as Document, { maxElemsToParse: MOST_ELEMENTS }).parse()
    if (!article?.content || (article.length ?? 0) < whole * LEAST_SHARE) return undefined
    const title = (article.title ?? '').replaceAll('&', '&amp;').replaceAll('<', '&lt;')
    return `<html><head><title>${title}</title></head><body>${article.content}</body></html>`
  } catch {
    // Too many elements, or not what the library expects: the page as it is.
    return undefined
  }
}

/** Links lead somewhere wherever they are read. */
function withWholeLinks(markdown: string, url: string): string {
  return markdown.replace(/\]\((?!#)([^()\s]+)/g, (all, link: string) => {
    const whole = URL.parse(link, url)
    return whole && /^https?:$/.test(whole.protocol) ? `](${whole.href}` : all
  })
}
