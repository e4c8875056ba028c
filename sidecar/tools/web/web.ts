import type { Fetcher } from '../../sandbox/egress/index.ts'

/** What the web tools stand on. */
export interface Web {
  fetcher: Fetcher
  /** The text of a page, a PDF or a document. @throws OxbowError `media.*` */
  pageText(bytes: Uint8Array, type: string, url: string): Promise<string>
  /** Whether what a site asks of robots is heeded. */
  robots(): boolean
}

/** Opened with the first call: the start needs none of it. */
export type OpenWeb = () => Promise<Web>
