import { memo } from 'react'
import { Capped } from '../ui/capped.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { Scrollable } from '../ui/scrollable.tsx'
import { type Line, useHighlight } from './highlight.ts'

/** Lines in one piece: while code streams in, only the last piece renders and is laid out again. */
const PIECE = 40

/** A block of code. @param closed no more of it will come: it can be coloured */
export const CodeBlock = memo(function CodeBlock({ code, lang, closed }: { code: string; lang: string; closed: boolean }) {
  const lines = useHighlight(code, lang, closed)
  return (
    <figure className="code-block group/code">
      <figcaption className="flex h-8 items-center justify-between border-b border-line pl-3 pr-1 text-xs text-faint">
        <span>{lang || 'text'}</span>
        <CopyButton text={code} label="Copy code" />
      </figcaption>
      <Scrollable className="overflow-x-auto px-3 py-2" label={`Code${lang ? `, ${lang}` : ''}`}>
        <Capped text={code}>{(shown) => <pre>{lines && shown === code ? coloured(lines) : pieces(shown)}</pre>}</Capped>
      </Scrollable>
    </figure>
  )
})

function pieces(code: string) {
  const lines = code.split('\n')
  const parts: string[] = []
  for (let at = 0; at < lines.length; at += PIECE) parts.push(lines.slice(at, at + PIECE).join('\n'))
  // biome-ignore lint/suspicious/noArrayIndexKey: pieces only ever grow at the end
  return parts.map((part, index) => <Piece key={index} text={part} />)
}

const Piece = memo(function Piece({ text }: { text: string }) {
  return <code className="block min-h-5">{text}</code>
})

function coloured(lines: readonly Line[]) {
  return (
    <code>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines of finished code never move
        <span key={index}>
          {line.map((span, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: nor do their spans
            <span key={place} style={span.color ? { color: span.color } : undefined}>
              {span.text}
            </span>
          ))}
          {index < lines.length - 1 && '\n'}
        </span>
      ))}
    </code>
  )
}
