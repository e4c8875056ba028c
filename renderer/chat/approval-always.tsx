import { type Approval, coverageOf, ruleInWords, visible } from '../../sidecar/contract/index.ts'
import { Simulated } from '../settings/simulated.tsx'
import { Scrollable } from '../ui/scrollable.tsx'
import { AnswerButton } from './answer-button.tsx'

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
  const coverage = visible(coverageOf(approval))
  return (
    <div data-testid="always-rules" className="flex flex-col gap-1.5 border-t border-line px-3 py-2 text-[13px]">
      {rules ? (
        <Scrollable label="What always means" className="flex max-h-[24vh] flex-col gap-1.5 overflow-y-auto">
          <p className="text-soft">As {rules.length === 1 ? 'a rule' : 'rules'}, listed under Settings → Rules:</p>
          <ul className="mono">
            {rules.map((rule) => (
              <li key={JSON.stringify(rule)} className="[overflow-wrap:anywhere]">
                {visible(ruleInWords(rule))}
              </li>
            ))}
          </ul>
          <Simulated change={{ add: rules }} />
        </Scrollable>
      ) : (
        <p className="text-soft [overflow-wrap:anywhere]">
          This allows {coverage}, always. It holds in this folder, and is listed under Settings → Always allowed.
        </p>
      )}
      <div className="flex flex-wrap gap-1.5">
        {rules && (
          <AnswerButton name="save-always" look="primary" disabled={sent} onClick={() => onGive(true)}>
            Save and allow
          </AnswerButton>
        )}
        <AnswerButton
          name="always-as-is"
          look={rules ? undefined : 'primary'}
          disabled={sent}
          title={rules && 'Without a rule; listed under Settings → Always allowed'}
          onClick={() => onGive(false)}
        >
          {rules ? `Always, without a rule: ${coverage}` : 'Allow always'}
        </AnswerButton>
        <button type="button" className="button" onClick={onBack}>
          Back
        </button>
      </div>
    </div>
  )
}
