import { Download, ShieldCheck, X } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { AuditReport } from '../../sidecar/contract/index.ts'
import { SessionHeader } from '../chat/session-header.tsx'
import { inWords } from '../connection/words.ts'
import { Asking, Problem } from '../settings/section.tsx'
import { online } from '../stores/connection.ts'
import { useNotices } from '../stores/notices.ts'
import { useUi } from '../stores/ui.ts'
import { EntryRow } from './entry-row.tsx'
import { exportRecord } from './export.ts'
import { ALL, FilterBar, toFilter } from './filter-bar.tsx'
import { useRecord } from './use-record.ts'
import { Verdict } from './verdict.tsx'

/** The record of what happened: found, followed, verified and taken along. */
export function AuditPane() {
  const [chosen, setChosen] = useState(ALL)
  const [live, setLive] = useState(true)
  const [report, setReport] = useState<AuditReport>()
  const [busy, setBusy] = useState<'verify' | 'export'>()
  const filter = useMemo(() => toFilter(chosen), [chosen])
  const record = useRecord(filter, live)
  const work = async (what: 'verify' | 'export', act: () => Promise<void>) => {
    setBusy(what)
    try {
      await act()
    } catch (error) {
      useNotices.getState().add(inWords(error))
    } finally {
      setBusy(undefined)
    }
  }
  const verify = () => work('verify', async () => setReport(await online().audit.verify()))
  return (
    <main className="flex min-w-0 flex-1 flex-col" aria-label="Audit record" data-testid="audit-pane">
      <SessionHeader title="Audit record" />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="column flex max-w-[60rem] flex-col gap-4 py-6">
          <div className="flex flex-wrap items-center gap-2">
            <button type="button" className="button button-primary" disabled={busy !== undefined} onClick={() => void verify()}>
              <ShieldCheck size={14} aria-hidden /> {busy === 'verify' ? 'Verifying…' : 'Verify'}
            </button>
            <button
              type="button"
              className="button"
              disabled={busy !== undefined || record.entries.length === 0}
              onClick={() => void work('export', () => exportRecord(filter))}
            >
              <Download size={14} aria-hidden /> Export
            </button>
            <label className="flex items-center gap-1.5 text-[13px] text-soft">
              <input
                type="checkbox"
                className="accent-accent"
                checked={live}
                onChange={(event) => setLive(event.target.checked)}
              />
              Follow live
            </label>
            <span className="flex-1" />
            <button type="button" className="button" onClick={() => useUi.getState().setPane('chat')}>
              <X size={14} aria-hidden /> Close
            </button>
          </div>
          <p className="text-[13px] text-faint">
            Every decision, call, answer, setting and sign-in, {record.size.toLocaleString()} entries in all. Nothing in it can be
            changed or removed without “Verify” telling.
          </p>
          {report && <Verdict report={report} />}
          <FilterBar chosen={chosen} onChange={setChosen} />
          {record.state === 'asking' && <Asking />}
          {record.state === 'failed' && record.problem && <Problem words={record.problem} />}
          {record.state === 'shown' && record.entries.length === 0 && (
            <p className="text-[13px] text-soft">Nothing of that kind was recorded.</p>
          )}
          {record.entries.length > 0 && (
            <ul aria-label="Entries, newest first" className="overflow-hidden rounded-lg border border-line">
              {record.entries.map((entry) => (
                <EntryRow key={entry.position} entry={entry} onSession={(session) => setChosen({ ...ALL, session })} />
              ))}
            </ul>
          )}
          {record.more && (
            <button type="button" className="button self-center" onClick={() => void record.loadMore()}>
              Show older
            </button>
          )}
        </div>
      </div>
    </main>
  )
}
