import { useCallback, useState } from 'react'
import type { Client, FoundPiece, NoteSummary } from '../../sidecar/contract/index.ts'
import { Asking, Problem } from '../settings/section.tsx'
import { useAnswer } from '../settings/use-answer.ts'
import { KnowledgeNoteView } from './knowledge-note.tsx'
import { day, Facts, Nothing, SearchLine } from './knowledge-search.tsx'

type Found = { notes: readonly NoteSummary[]; folder: string } | { pieces: readonly FoundPiece[] }

/** The person's notes: listed, searched and read. They are written with whatever program the person likes. */
export function KnowledgeTab() {
  const [query, setQuery] = useState('')
  const [path, setPath] = useState<string>()
  const [answer] = useAnswer<Found>(
    useCallback(
      async (client: Client): Promise<Found> =>
        query === '' ? client.knowledge.list({ limit: 500 }) : client.knowledge.search({ query, limit: 20 }),
      [query],
    ),
  )
  if (path !== undefined) return <KnowledgeNoteView path={path} onOpen={setPath} onBack={() => setPath(undefined)} />
  return (
    <>
      <SearchLine label="Search notes" placeholder="Search notes by words or meaning" onQuery={setQuery} />
      {answer.state === 'asking' && <Asking />}
      {answer.state === 'failed' && <Problem words={answer.words} />}
      {answer.state === 'answered' && 'notes' in answer.value && <Notes {...answer.value} onOpen={setPath} />}
      {answer.state === 'answered' && 'pieces' in answer.value && <Pieces pieces={answer.value.pieces} onOpen={setPath} />}
    </>
  )
}

function Notes({ notes, folder, onOpen }: { notes: readonly NoteSummary[]; folder: string; onOpen(path: string): void }) {
  if (notes.length === 0) return <Nothing words={`There are no notes yet. Put markdown files into ${folder}.`} />
  return (
    <ul className="rounded-lg border border-line" aria-label="Notes">
      {notes.map(({ path, title, tags, taint, modifiedAt }) => (
        <li key={path} data-testid="note" className="border-line px-3 py-2 text-[13px] not-first:border-t">
          <button type="button" className="text-left font-medium hover:underline" onClick={() => onOpen(path)}>
            {title}
          </button>
          <Facts facts={[path, day(modifiedAt), ...tags.map((tag) => `#${tag}`)]} taint={taint} />
        </li>
      ))}
    </ul>
  )
}

function Pieces({ pieces, onOpen }: { pieces: readonly FoundPiece[]; onOpen(path: string): void }) {
  if (pieces.length === 0) return <Nothing words="Nothing was found." />
  return (
    <ul className="rounded-lg border border-line" aria-label="Found in notes">
      {pieces.map(({ path, title, headings, text, taint }, at) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: several pieces are of one note
          key={`${path} ${at}`}
          data-testid="piece"
          className="border-line px-3 py-2 text-[13px] not-first:border-t"
        >
          <button type="button" className="text-left font-medium hover:underline" onClick={() => onOpen(path)}>
            {[title, ...headings].join(' › ')}
          </button>
          <p className="line-clamp-3 whitespace-pre-wrap break-words">{text}</p>
          <Facts facts={[path]} taint={taint} />
        </li>
      ))}
    </ul>
  )
}
