import { type Approval, planFacts, visible } from '../../sidecar/contract/index.ts'

const LABELS = { untrusted: 'words from outside', private: 'private' } as const

/** What a person should know of a call beside what it does: what it reaches, and why no rule or mode let it through. */
export function ApprovalPlan({ approval }: { approval: Approval }) {
  const { taints } = approval
  const facts = planFacts(approval)
  return (
    <>
      {taints && taints.length > 0 && (
        <ul
          data-testid="approval-taints"
          className="flex flex-col gap-0.5 rounded-md border border-bad px-2.5 py-1.5 text-[13px]"
        >
          {taints.map(({ label, source, reason }) => (
            <li key={`${label} ${source}`} className="[overflow-wrap:anywhere]">
              <span className="font-semibold text-bad">{LABELS[label]}</span>: <span className="mono">{visible(source)}</span>{' '}
              <span className="text-soft">({visible(reason)})</span>
            </li>
          ))}
        </ul>
      )}
      {facts.length > 0 && (
        <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 text-[13px]">
          {facts.map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-soft">{name}</dt>
              <dd className="min-w-0 [overflow-wrap:anywhere]">{visible(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  )
}
