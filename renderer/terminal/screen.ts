import { FitAddon } from '@xterm/addon-fit'
import { SerializeAddon } from '@xterm/addon-serialize'
import { Unicode11Addon } from '@xterm/addon-unicode11'
import { WebLinksAddon } from '@xterm/addon-web-links'
import { WebglAddon } from '@xterm/addon-webgl'
import { Terminal } from '@xterm/xterm'
import { isMac, openLink } from '../connection/shell.ts'
import { useUi } from '../stores/ui.ts'
import { colours } from './colours.ts'
import '@xterm/xterm/css/xterm.css'

/** Lines that can be scrolled back to. */
const SCROLLBACK = 5000
/** Of operating system commands only colours are followed: no title, clipboard, folder or notice of a program. */
const REFUSED_OSC = [0, 1, 2, 7, 9, 50, 52, 99, 133, 633, 777, 1337]

export interface Screen {
  readonly terminal: Terminal
  /** Settles when it is drawn: nothing more is fetched before. */
  write(text: string): Promise<void>
  /** What it is called by those who do not see it. */
  name(label: string): void
  /** As many columns and rows as there is room for. */
  fit(): void
  /** All that is shown and can be scrolled back to, as text that draws it again. */
  serialize(): string
  dispose(): void
}

/** A terminal in the page. What its program prints draws, and does nothing else. */
export function createScreen(container: HTMLElement, { pipe }: { pipe: boolean }): Screen {
  const terminal = new Terminal({
    allowProposedApi: true,
    // A pipe's lines end without going back to the left.
    convertEol: pipe,
    scrollback: SCROLLBACK,
    fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--font-mono') || 'monospace',
    fontSize: 12.5,
    lineHeight: 1.2,
    theme: colours(),
    minimumContrastRatio: 4.5,
    macOptionIsMeta: true,
    linkHandler: {
      activate: (event, uri) => follow(event, uri),
      hover: (_event, uri) => {
        container.title = `${uri} (${isMac() ? '⌘' : 'Ctrl'}-click)`
      },
      leave: () => container.removeAttribute('title'),
      allowNonHttpProtocols: false,
    },
  })
  const fit = new FitAddon()
  const serializer = new SerializeAddon()
  terminal.loadAddon(fit)
  terminal.loadAddon(serializer)
  terminal.loadAddon(new Unicode11Addon())
  terminal.unicode.activeVersion = '11'
  terminal.loadAddon(new WebLinksAddon(follow))
  for (const code of REFUSED_OSC) terminal.parser.registerOscHandler(code, () => true)
  terminal.attachCustomKeyEventHandler((event) => handOver(event, terminal))
  terminal.open(container)
  drawByGpu(terminal)

  const repaint = (): void => {
    terminal.options.theme = colours()
  }
  const dark = window.matchMedia('(prefers-color-scheme: dark)')
  dark.addEventListener('change', repaint)
  const unsubscribe = useUi.subscribe(({ theme }, before) => {
    // The page takes the new theme in the same moment, from another listener.
    if (theme !== before.theme) queueMicrotask(repaint)
  })
  return {
    terminal,
    write: (text) => new Promise((done) => terminal.write(text, done)),
    name: (label) => terminal.textarea?.setAttribute('aria-label', label),
    fit() {
      // Where nothing is laid out there is no size to take.
      if (container.clientHeight > 0 && container.clientWidth > 0) fit.fit()
    },
    serialize: () => serializer.serialize({ scrollback: SCROLLBACK }),
    dispose() {
      dark.removeEventListener('change', repaint)
      unsubscribe()
      terminal.dispose()
    },
  }
}

/** By WebGL where the machine has it and keeps it; else by the page's own elements. */
function drawByGpu(terminal: Terminal): void {
  try {
    const webgl = new WebglAddon()
    webgl.onContextLoss(() => webgl.dispose())
    terminal.loadAddon(webgl)
  } catch {
    // The elements do.
  }
}

/** A link is opened only by a click that means it, and only one to a page. */
function follow(event: MouseEvent, uri: string): void {
  if (!(isMac() ? event.metaKey : event.ctrlKey)) return
  const url = URL.parse(uri)
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) openLink(url.href)
}

/** @returns whether the terminal takes the key; the window's own shortcuts stay its own */
function handOver(event: KeyboardEvent, terminal: Terminal): boolean {
  if (event.ctrlKey && event.code === 'Backquote') return false
  if ((event.metaKey || (event.ctrlKey && event.shiftKey)) && event.code === 'KeyK') return false
  if (event.ctrlKey && event.shiftKey && event.code === 'KeyC') {
    if (event.type === 'keydown') void copy(terminal)
    event.preventDefault()
    return false
  }
  // The browser pastes, and the terminal hears of that.
  return !(event.ctrlKey && event.shiftKey && event.code === 'KeyV')
}

async function copy(terminal: Terminal): Promise<void> {
  const text = terminal.getSelection()
  if (text !== '') await navigator.clipboard.writeText(text).catch(() => {})
}
