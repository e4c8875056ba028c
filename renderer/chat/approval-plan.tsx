import type { Approval, PolicyRule } from '../../sidecar/contract/index.ts'

const LABELS = { untrusted: 'words from outside', private: 'private' } as const

/** What a person should know of a call beside what it does: what it reaches, and why no rule or mode let it through. */
export function ApprovalPlan({ approval: { reach, taints, expiresAt } }: { approval: Approval }) {
  const rows: [string, string][] = [
    ['files', reach?.paths.join(', ') ?? ''],
    ['programs', reach?.programs.join(', ') ?? ''],
    ['hosts', reach?.hosts.join(', ') ?? ''],
    ['goes out', reach?.outward ? 'it can carry data out of this computer' : ''],
    ['ends', expiresAt === undefined ? '' : `unanswered, it is a no from ${new Date(expiresAt).toLocaleString()}`],
  ]
  const shown = rows.filter(([, value]) => value !== '')
  return (
    <>
      {taints && taints.length > 0 && (
        <ul
          data-testid="approval-taints"
          className="flex flex-col gap-0.5 rounded-md border border-bad px-2.5 py-1.5 text-[13px]"
        >
          {taints.slice(0, 6).map(({ label, source, reason }) => (
            <li key={`${label} ${source}`} className="[overflow-wrap:anywhere]">
              <span className="font-semibold text-bad">{LABELS[label]}</span>: <span className="mono">{source}</span>{' '}
              <span className="text-soft">({reason})</span>
            </li>
          ))}
        </ul>
      )}
      {shown.length > 0 && (
        <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 text-[13px]">
          {shown.map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-soft">{name}</dt>
              <dd className="min-w-0 [overflow-wrap:anywhere]">{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  )
}

/** A rule in words: `allow program git in /home/ada/work`. */
export function ruleInWords({ effect, reason: _, workspace, ...named }: PolicyRule): string {
  const what = Object.entries(named).map(([key, value]) => `${key} ${value}`)
  return `${effect} ${what.join(', ') || 'everything'}${workspace === undefined ? '' : ` in ${workspace}`}`
}
