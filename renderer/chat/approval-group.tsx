import { type Approval, askedFor, visible } from '../../sidecar/contract/index.ts'
import { ApprovalPlan } from './approval-plan.tsx'
import { CallArgs } from './call-args.tsx'
import { Unfold } from './unfold.tsx'

/** Questions that can be answered at once: every one is named, and opens to all that it asks for. */
export function ApprovalGroup({ alike }: { alike: readonly Approval[] }) {
  return (
    <div data-testid="approval-group" className="text-[13px]">
      <p className="text-soft">{alike.length} questions of this kind wait in this session:</p>
      <ul>
        {alike.map((one) => (
          <li key={one.id}>
            <Unfold title={<span className="mono">{visible(askedFor(one).about ?? one.title)}</span>}>
              {() => (
                <>
                  <CallArgs args={one.args} title={one.title} diff={one.diff} />
                  <ApprovalPlan approval={one} />
                </>
              )}
            </Unfold>
          </li>
        ))}
      </ul>
    </div>
  )
}
