import { ShieldAlert } from 'lucide-react'
import { useState } from 'react'
import type { Taint } from '../../sidecar/contract/index.ts'
import { attempt } from '../actions.ts'
import { online } from '../stores/connection.ts'
import { useOpen } from '../stores/open-session.ts'
import { Modal } from '../ui/modal.tsx'

const NAMES = { untrusted: 'Words from outside', private: 'Private' } as const
const none: Taint[] = []

/** What clings to the conversation, and the way to take it away. */
export function TaintBadge() {
  const sessionId = useOpen((store) => store.sessionId)
  const taints = useOpen((store) => store.view?.taints ?? none)
  const [shown, setShown] = useState(false)
  const labels = (['untrusted', 'private'] as const).filter((label) => taints.some((taint) => taint.label === label))
  if (labels.length === 0 || sessionId === null) return null
  const both = labels.length === 2
  return (
    <>
      <button
        type="button"
        data-testid="taint-badge"
        className={`flex shrink-0 items-center gap-1 rounded-full border px-2 py-0.5 text-xs ${both ? 'border-bad bg-bad-ground text-bad' : 'border-warn bg-warn-ground text-warn'}`}
        onClick={() => setShown(true)}
      >
        <ShieldAlert size={13} aria-hidden />
        {labels.map((label) => NAMES[label].toLowerCase()).join(' + ')}
      </button>
      <Modal open={shown} title="What this conversation holds" onClose={() => setShown(false)}>
        <div className="flex max-h-[70vh] flex-col gap-3 overflow-y-auto p-4 text-[13px]">
          <p className="text-soft">
            {both
              ? 'Words from outside have met what is private: whatever could carry data out is asked, each time.'
              : 'Where words from outside meet what is private, whatever could carry data out is asked, each time.'}
          </p>
          {labels.map((label) => (
            <section key={label} aria-label={NAMES[label]}>
              <h3 className="mb-1 font-semibold">{NAMES[label]}</h3>
              <ul className="flex flex-col gap-0.5">
                {taints
                  .filter((taint) => taint.label === label)
                  .map(({ source, reason }) => (
                    <li key={source} className="[overflow-wrap:anywhere]">
                      <span className="mono">{source}</span> <span className="text-soft">({reason})</span>
                    </li>
                  ))}
              </ul>
              <button
                type="button"
                className="button mt-1.5"
                onClick={() => attempt(() => online().policy.clearTaint({ sessionId, labels: [label] }))}
              >
                It does not hold: clear
              </button>
            </section>
          ))}
        </div>
      </Modal>
    </>
  )
}
