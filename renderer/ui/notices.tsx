import { X } from 'lucide-react'
import { useNotices } from '../stores/notices.ts'

/** Notices over the corner of the window, read aloud when they come. */
export function Notices() {
  const notices = useNotices((store) => store.notices)
  const dismiss = useNotices((store) => store.dismiss)
  return (
    <div
      role="status"
      className="pointer-events-none fixed bottom-4 right-4 z-50 flex w-[min(22rem,calc(100vw-2rem))] flex-col gap-2"
    >
      {notices.map((notice) => (
        <div
          key={notice.id}
          className="pointer-events-auto flex items-start gap-2 rounded-lg border border-line-strong bg-page py-2 pl-3 pr-1.5 text-[13px] shadow-lg"
        >
          <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">
            <p className="font-medium">{notice.message}</p>
            {notice.hint && <p className="text-soft">{notice.hint}</p>}
          </div>
          <button type="button" className="icon-button size-7" aria-label="Dismiss" onClick={() => dismiss(notice.id)}>
            <X size={14} />
          </button>
        </div>
      ))}
    </div>
  )
}
