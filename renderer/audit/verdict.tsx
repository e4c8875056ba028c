import { ShieldAlert, ShieldCheck } from 'lucide-react'
import type { AuditReport } from '../../sidecar/contract/index.ts'
import { CopyButton } from '../ui/copy-button.tsx'

/** What a verification found. */
export function Verdict({ report }: { report: AuditReport }) {
  const { ok, entries, signed, checkpoints, durationMs, faults, key, sealed = [], notes = [] } = report
  if (!ok)
    return (
      <div
        role="alert"
        data-testid="audit-verdict"
        data-ok="false"
        className="flex gap-2.5 rounded-lg border border-line bg-bad-ground px-3 py-2 text-[13px]"
      >
        <ShieldAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-bad" />
        <div className="min-w-0 [overflow-wrap:anywhere]">
          <p className="font-medium text-bad">The record is not as it was signed</p>
          <ul className="mt-1 list-disc pl-4">
            {faults.map(({ code, message }) => (
              <li key={`${code} ${message}`}>{message}</li>
            ))}
          </ul>
        </div>
      </div>
    )
  return (
    <div
      role="status"
      data-testid="audit-verdict"
      data-ok="true"
      className="flex gap-2.5 rounded-lg border border-line bg-raised px-3 py-2 text-[13px]"
    >
      <ShieldCheck size={16} aria-hidden className="mt-0.5 shrink-0 text-ok" />
      <div className="min-w-0 flex-1">
        <p>
          <span className="font-medium text-ok">Nothing was changed.</span> {entries.toLocaleString()} entries,{' '}
          {signed.toLocaleString()} of them signed, {checkpoints.toLocaleString()}{' '}
          {checkpoints === 1 ? 'checkpoint' : 'checkpoints'}; looked at in {Math.max(1, Math.round(durationMs))} ms.
        </p>
        {sealed.length > 0 && (
          <p className="mt-0.5 text-xs text-faint">
            The first {sealed.at(-1)!.size.toLocaleString()} are sealed in{' '}
            {sealed.length === 1 ? 'one file' : `${sealed.length} files`}.
          </p>
        )}
        {notes.map((note) => (
          <p key={note} className="mt-0.5 text-xs text-faint [overflow-wrap:anywhere]">
            {note}
          </p>
        ))}
        {key && (
          <p className="mt-0.5 flex items-center gap-1 text-xs text-faint">
            <span className="min-w-0 truncate" title={key}>
              Key {key}
            </span>
            <CopyButton text={key} label="Copy the key" />
          </p>
        )}
      </div>
    </div>
  )
}
