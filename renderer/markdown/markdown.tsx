import { memo, useRef } from 'react'
import { Capped } from '../ui/capped.tsx'
import { type Block, type Split, splitBlocks } from './blocks.ts'
import { CodeBlock } from './code-block.tsx'
import { lexBlock } from './lex.ts'
import { Blocks } from './tokens.tsx'

/** A markdown text. While it streams in, only its open last block is parsed and rendered again. */
export const Markdown = memo(function Markdown({ text, streaming }: { text: string; streaming: boolean }) {
  const split = useRef<Split | undefined>(undefined)
  if (split.current?.text !== text) split.current = splitBlocks(text, split.current)
  const { blocks } = split.current
  return (
    <div className="prose">
      {blocks.map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks only ever grow at the end
        <BlockView key={index} block={block} open={streaming && index === blocks.length - 1} />
      ))}
    </div>
  )
})

/** Settled blocks keep their identity from one split to the next, so they are not rendered again. */
const BlockView = memo(function BlockView({ block, open }: { block: Block; open: boolean }) {
  if (block.kind === 'code') return <CodeBlock code={block.text} lang={block.lang} closed={block.closed || !open} />
  const tokens = lexBlock(block.text, open)
  if (tokens) return <Blocks tokens={tokens} />
  return (
    <Capped text={block.text}>
      {(shown) => <p className="whitespace-pre-wrap break-words [overflow-wrap:anywhere]">{shown}</p>}
    </Capped>
  )
})
