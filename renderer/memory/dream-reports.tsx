import { useCallback, useEffect, useRef, useState } from 'react'
import type { Client, Dream, DreamChange, DreamCounts } from '../../sidecar/contract/index.ts'
import { attempt } from '../actions.ts'
import { Asking, Problem } from '../settings/section.tsx'
import { useAnswer } from '../settings/use-answer.ts'
import { online } from '../stores/connection.ts'

const LOOK_MS = 1000
const PAGE = 100

const DONE: readonly [keyof DreamCounts, string][] = [
  ['merged', 'merged'],
  ['superseded', 'superseded'],
  ['generalised', 'generalised'],
  ['digested', 'summed up'],
  ['promoted', 'given more weight'],
  ['packed', 'faded'],
  ['removed', 'secrets removed'],
]

const KINDS: Readonly<Record<DreamChange['kind'], string>> = {
  merged: 'Merged',
  superseded: 'Superseded',
  digested: 'Summed up',
  generalised: 'Generalised',
  promoted: 'Given more weight',
  removed: 'Secret removed',
}

/** How memory was put in order, what that changed, and taking it back. */
export function Dreams({ onChanged }: { onChanged(): void }) {
  const [asked, again] = useAnswer(useCallback((client: Client) => client.memory.dreams({ limit: 20 }), []))
  const [open, setOpen] = useState<string>()
  const dreams = asked.state === 'answered' ? asked.value.dreams : []
  const running = dreams.some(({ state }) => state === 'running')
  useEffect(() => {
    if (!running) return
    const timer = setTimeout(() => {
      again()
      onChanged()
    }, LOOK_MS)
    return () => clearTimeout(timer)
  })
  // What its last steps did is shown, too.
  const ran = useRef(false)
  useEffect(() => {
    if (ran.current && !running) onChanged()
    ran.current = running
  })
  const begin = async () => {
    if (await attempt(() => online().memory.dream({}))) again()
  }
  return (
    <section aria-label="Dreams" className="rounded-lg border border-line" data-testid="dreams">
      <div className="flex flex-wrap items-center gap-2 px-3 py-2">
        <h2 className="text-[13px] font-semibold">Dreams</h2>
        <p className="min-w-0 flex-1 text-xs text-faint">
          Memory is put in order when nobody works: what repeats is merged, days are summed up, secrets go.
        </p>
        <button type="button" className="button" disabled={running} onClick={() => void begin()}>
          {running ? 'Dreaming …' : 'Dream now'}
        </button>
      </div>
      {asked.state === 'failed' && <Problem words={asked.words} />}
      <ul>
        {dreams.map((dream) => (
          <li key={dream.id} className="border-t border-line px-3 py-2 text-[13px]">
            <button
              type="button"
              className="flex w-full flex-wrap gap-x-3 text-left"
              aria-expanded={open === dream.id}
              onClick={() => setOpen(open === dream.id ? undefined : dream.id)}
            >
              <time dateTime={dream.startedAt}>{new Date(dream.startedAt).toLocaleString()}</time>
              <span className="flex-1 text-soft">{inShort(dream)}</span>
              <span className="text-xs text-faint">{seconds(dream.ms)}</span>
            </button>
            {open === dream.id && (
              <Report
                dream={dream}
                onUndone={() => {
                  again()
                  onChanged()
                }}
              />
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Report({ dream, onUndone }: { dream: Dream; onUndone(): void }) {
  const { id, counts, tokens, costMicros, undoable } = dream
  const [most, setMost] = useState(PAGE)
  const ask = useCallback((client: Client) => client.memory.dreamReport({ id, limit: most }), [id, most])
  const [report, again] = useAnswer(ask)
  const undo = async (changes?: number[]) => {
    if (!(await attempt(() => online().memory.undo({ id, ...(changes && { changes }) })))) return
    again()
    onUndone()
  }
  return (
    <div className="mt-2 flex flex-col gap-2">
      <p className="text-xs text-faint">
        {counts.looked} memories looked at. Found: {counts.duplicates} duplicates, {counts.contradictions} contradictions,{' '}
        {counts.repeated} repeated, {counts.secrets} secrets, {counts.stale} faded, {counts.hotOverflow} beyond the hot ones;{' '}
        {counts.unsure} to be asked, {counts.spared} left alone.
        {tokens > 0 && ` ${tokens} tokens, $${(costMicros / 1e6).toFixed(4)}.`}
      </p>
      {report.state === 'asking' && <Asking />}
      {report.state === 'failed' && <Problem words={report.words} />}
      {report.state === 'answered' && (
        <>
          <ul className="flex flex-col gap-1.5">
            {report.value.changes.map((change) => (
              <Change key={change.seq} change={change} onUndo={() => void undo([change.seq])} />
            ))}
          </ul>
          <div className="flex flex-wrap gap-2">
            {report.value.next !== undefined && most < 500 && (
              <button type="button" className="button" onClick={() => setMost(500)}>
                Show more
              </button>
            )}
            {undoable > 0 && dream.state !== 'running' && (
              <button type="button" className="button" onClick={() => void undo()}>
                Take back all of it ({undoable})
              </button>
            )}
          </div>
        </>
      )}
    </div>
  )
}

function Change({ change, onUndo }: { change: DreamChange; onUndo(): void }) {
  const { kind, text, otherText, period, undoable, undoneAt, space } = change
  return (
    <li className="flex items-start gap-2 rounded-md bg-raised px-2.5 py-1.5" data-testid="dream-change">
      <div className="min-w-0 flex-1">
        <p className="text-xs text-faint">
          {KINDS[kind]} {period} <span className="break-all">{space}</span>
          {undoneAt !== undefined && ', taken back'}
        </p>
        {text !== undefined && <p className="break-words">{text}</p>}
        {otherText !== undefined && otherText !== text && <p className="break-words text-soft">Before: {otherText}</p>}
      </div>
      {undoable && (
        <button type="button" className="button" onClick={onUndo}>
          Undo
        </button>
      )}
    </li>
  )
}

const inShort = ({ state, counts, fault, cause }: Dream): string => {
  const done = DONE.filter(([key]) => counts[key] > 0).map(([key, word]) => `${counts[key]} ${word}`)
  if (state === 'failed') return `failed: ${fault ?? ''}`
  const words = done.length > 0 ? done.join(', ') : 'nothing to do'
  if (cause === 'merge') return `by hand: ${words}`
  return state === 'done' ? words : `${state}: ${words}`
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
