import type { MarkedToken, Token, Tokens } from 'marked'
import { Fragment, type MouseEvent, type ReactNode } from 'react'
import { openLink } from '../connection/shell.ts'
import { Scrollable } from '../ui/scrollable.tsx'
import { CodeBlock } from './code-block.tsx'
import { plain, safeAddress } from './lex.ts'

/** Parsed markdown as elements. HTML inside it is shown as text: a model's words never become markup. */
export function Blocks({ tokens }: { tokens: readonly Token[] }): ReactNode {
  // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity of their own
  return tokens.map((token, index) => <Fragment key={index}>{blockOf(token as MarkedToken)}</Fragment>)
}

function Inline({ tokens }: { tokens: readonly Token[] | undefined }): ReactNode {
  // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity of their own
  return tokens?.map((token, index) => <Fragment key={index}>{inlineOf(token as MarkedToken)}</Fragment>)
}

function blockOf(token: MarkedToken): ReactNode {
  switch (token.type) {
    case 'space':
    case 'def':
      return null
    case 'heading':
      return <Heading token={token} />
    case 'paragraph':
      return (
        <p>
          <Inline tokens={token.tokens} />
        </p>
      )
    case 'list':
      return <List token={token} />
    case 'code':
      return <CodeBlock code={token.text} lang={token.lang?.split(/\s/, 1)[0]?.toLowerCase() ?? ''} closed />
    case 'blockquote':
      return (
        <blockquote>
          <Blocks tokens={token.tokens} />
        </blockquote>
      )
    case 'table':
      return <Table token={token} />
    case 'hr':
      return <hr />
    default:
      return inlineOf(token)
  }
}

function inlineOf(token: MarkedToken): ReactNode {
  switch (token.type) {
    case 'text':
      return token.tokens ? <Inline tokens={token.tokens} /> : plain(token.text)
    case 'strong':
      return (
        <strong>
          <Inline tokens={token.tokens} />
        </strong>
      )
    case 'em':
      return (
        <em>
          <Inline tokens={token.tokens} />
        </em>
      )
    case 'del':
      return (
        <del>
          <Inline tokens={token.tokens} />
        </del>
      )
    case 'codespan':
      return <code>{token.text}</code>
    case 'br':
      return <br />
    case 'link':
      return <Link href={token.href}>{<Inline tokens={token.tokens} />}</Link>
    case 'image':
      return <Link href={token.href}>Image: {token.text || token.href}</Link>
    case 'checkbox':
      return null
    case 'escape':
      return token.text
    default:
      return token.raw
  }
}

/** Headings of an answer stand below the page's own; how they look follows their depth. */
function Heading({ token: { depth, tokens } }: { token: Tokens.Heading }) {
  const Tag = (['h2', 'h2', 'h3', 'h4'] as const)[depth - 1] ?? 'h5'
  return (
    <Tag className={`heading-${Math.min(depth, 3)}`}>
      <Inline tokens={tokens} />
    </Tag>
  )
}

function List({ token }: { token: Tokens.List }) {
  const items = token.items.map((item, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: items have no identity of their own
    <li key={index} className={item.task ? 'task' : undefined}>
      {item.task && <input type="checkbox" checked={item.checked ?? false} readOnly aria-label={item.text} />}
      <Blocks tokens={item.tokens} />
    </li>
  ))
  return token.ordered ? <ol start={token.start === '' ? 1 : token.start}>{items}</ol> : <ul>{items}</ul>
}

function Table({ token }: { token: Tokens.Table }) {
  return (
    <Scrollable className="table" label="Table">
      <table>
        <thead>
          <tr>
            {token.header.map((cell, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: cells have no identity of their own
              <th key={index} scope="col" style={{ textAlign: cell.align ?? 'left' }}>
                <Inline tokens={cell.tokens} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: nor rows
            <tr key={index}>
              {row.map((cell, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: cells have no identity of their own
                <td key={place} style={{ textAlign: cell.align ?? 'left' }}>
                  <Inline tokens={cell.tokens} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrollable>
  )
}

function Link({ href, children }: { href: string; children: ReactNode }) {
  const address = safeAddress(href)
  if (!address) return <span title={href}>{children}</span>
  const open = (event: MouseEvent) => {
    event.preventDefault()
    openLink(address)
  }
  return (
    <a href={address} title={address} target="_blank" rel="noopener noreferrer" onClick={open}>
      {children}
    </a>
  )
}
