import { type Approval, coverageOf, ruleInWords, visible } from '../../sidecar/contract/index.ts'
import { Simulated } from '../settings/simulated.tsx'

interface Always {
  approval: Approval
  sent: boolean
  /** @param asRules whether the rules that are shown are saved, or what the question covers is allowed */
  onGive(asRules: boolean): void
  onBack(): void
}

/** What "always" would save or allow, and what its rules would have meant, before it is given. */
export function ApprovalAlways({ approval, sent, onGive, onBack }: Always) {
  const { rules } = approval
  return (
    <div data-testid="always-rules" className="flex flex-col gap-1.5 border-t border-line px-3 py-2 text-[13px]">
      {rules ? (
        <>
          <p className="text-soft">Always adds to your rules:</p>
          <ul className="mono">
            {rules.map((rule) => (
              <li key={JSON.stringify(rule)} className="[overflow-wrap:anywhere]">
                {visible(ruleInWords(rule))}
              </li>
            ))}
          </ul>
          <Simulated change={{ add: rules }} />
        </>
      ) : (
        <p className="text-soft [overflow-wrap:anywhere]">Always allows {visible(coverageOf(approval))}, in this folder.</p>
      )}
      <div className="flex flex-wrap gap-1.5">
        {rules && (
          <button
            type="button"
            data-testid="save-always"
            disabled={sent}
            className="button button-primary"
            onClick={() => onGive(true)}
          >
            Save and allow
          </button>
        )}
        <button
          type="button"
          data-testid="always-as-is"
          disabled={sent}
          className={rules ? 'button' : 'button button-primary'}
          onClick={() => onGive(false)}
        >
          {rules ? `No rule: ${coverageOf(approval)}` : 'Allow always'}
        </button>
        <button type="button" className="button" onClick={onBack}>
          Back
        </button>
      </div>
    </div>
  )
}
