import { RETRY_URL } from './protocol.ts'

const STYLE = `
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText; }
  main { max-width: 34rem; padding: 2rem; }
  h1 { font-size: 1.25rem; font-weight: 600; margin: 0 0 .75rem; }
  p { margin: 0 0 1rem; white-space: pre-line; overflow-wrap: anywhere; }
  code { font: 13px/1.5 ui-monospace, monospace; user-select: all; }
  a { display: inline-block; padding: .4rem 1rem; border-radius: 6px; text-decoration: none; background: #2f6f6a; color: #fff; }
  a:focus-visible { outline: 2px solid #2f6f6a; outline-offset: 2px; }
`

/** The page shown when Oxbow cannot run: why, where the log is, and a button (a link, so that it needs no script). */
export function errorPage(message: string, logPath: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Oxbow</title>
<style>${STYLE}</style>
<main>
<h1>Oxbow is not running</h1>
<p>${escapeHtml(message)}</p>
<p>The log: <code>${escapeHtml(logPath)}</code></p>
<a href="${RETRY_URL}">Try again</a>
</main>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
