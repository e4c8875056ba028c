import { ArrowLeft } from 'lucide-react'
import { useCallback } from 'react'
import type { Client } from '../../sidecar/contract/index.ts'
import { Markdown } from '../markdown/markdown.tsx'
import { Asking, Problem } from '../settings/section.tsx'
import { useAnswer } from '../settings/use-answer.ts'
import { CloseButton, day, Facts } from './knowledge-search.tsx'

const LINK = /!?\[\[([^[\]|\n]{1,300})(?:\|([^[\]\n]{1,300}))?\]\]/g

/** One note as it reads, with what it links to and what links to it. */
export function KnowledgeNoteView({ path, onOpen, onBack }: { path: string; onOpen(path: string): void; onBack(): void }) {
  const [answer] = useAnswer(useCallback((client: Client) => client.knowledge.read({ path }), [path]))
  const note = answer.state === 'answered' ? answer.value : undefined
  const leads = [...new Set(note?.links.flatMap((link) => link.path ?? []) ?? [])]
  return (
    <>
      <div className="flex items-center gap-2">
        <button type="button" className="button" onClick={onBack}>
          <ArrowLeft size={14} aria-hidden /> All notes
        </button>
        <span className="flex-1" />
        <CloseButton />
      </div>
      {answer.state === 'asking' && <Asking />}
      {answer.state === 'failed' && <Problem words={answer.words} />}
      {note && (
        <article aria-label={note.title} data-testid="note-text">
          <h2 className="text-base font-semibold">{note.title}</h2>
          <Facts facts={[note.path, day(note.modifiedAt), ...note.tags.map((tag) => `#${tag}`)]} taint={note.taint} />
          <div className="mt-3 text-[13px]">
            <Markdown
              text={bodyOf(note).replace(LINK, (_, target: string, alias?: string) => alias ?? target)}
              streaming={false}
            />
          </div>
        </article>
      )}
      {leads.length > 0 && <Links name="Links to" paths={leads} onOpen={onOpen} />}
      {note && note.backlinks.length > 0 && (
        <Links name="Linked from" paths={note.backlinks.map((back) => back.path)} onOpen={onOpen} />
      )}
    </>
  )
}

/** The title stands above it already. */
const bodyOf = ({ body, title }: { body: string; title: string }): string => {
  const [first = '', ...rest] = body.trimStart().split('\n')
  return first.replace(/^#\s+/, '').trim() === title && first.startsWith('#') ? rest.join('\n') : body
}

function Links({ name, paths, onOpen }: { name: string; paths: readonly string[]; onOpen(path: string): void }) {
  return (
    <section aria-label={name} className="text-[13px]">
      <h3 className="font-semibold">{name}</h3>
      <ul>
        {paths.map((path) => (
          <li key={path}>
            <button type="button" className="break-all underline" onClick={() => onOpen(path)}>
              {path}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
