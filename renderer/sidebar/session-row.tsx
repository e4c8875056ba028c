import { Menu } from '@base-ui/react/menu'
import clsx from 'clsx'
import { Archive, ArchiveRestore, Ellipsis, OctagonAlert, Pencil } from 'lucide-react'
import { memo, useRef } from 'react'
import type { SessionSummary } from '../../sidecar/contract/index.ts'
import { archive, openSession, rename } from '../actions.ts'
import { useOpen } from '../stores/open-session.ts'
import { useUi } from '../stores/ui.ts'
import { ago, baseName } from '../ui/format.ts'
import { StatusDot } from '../ui/status-dot.tsx'

/** One session of the list. */
export const SessionRow = memo(function SessionRow({ session }: { session: SessionSummary }) {
  const { id, title, status, archived, isolation } = session
  const current = useOpen((store) => store.sessionId === id)
  const renaming = useUi((ui) => ui.renaming === id)
  const setRenaming = useUi((ui) => ui.setRenaming)
  if (renaming) return <RenameRow session={session} />
  return (
    <li className={clsx('group/row relative flex items-center rounded-md', current ? 'bg-hover' : 'hover:bg-hover')}>
      <button
        type="button"
        aria-current={current ? 'page' : undefined}
        onClick={() => openSession(id)}
        onDoubleClick={() => setRenaming(id)}
        title={`${title || 'New session'}\n${session.workspace}`}
        className="flex min-w-0 flex-1 items-center gap-2 rounded-md py-1.5 pl-2 pr-8 text-left text-[13px]"
      >
        <StatusDot status={status} />
        {isolation === 'host' && <OctagonAlert size={13} className="shrink-0 text-bad" aria-label="No isolation" />}
        <span className="min-w-0 flex-1">
          <span className={clsx('block truncate', current && 'font-medium')}>{title || 'New session'}</span>
          <span className="block truncate text-xs text-faint">
            {baseName(session.workspace)} · {ago(session.updatedAt, Date.now())}
          </span>
        </span>
      </button>
      <Menu.Root>
        <Menu.Trigger
          aria-label={`More about ${title || 'New session'}`}
          className="icon-button absolute right-1 size-7 opacity-0 focus-visible:opacity-100 group-hover/row:opacity-100 data-[popup-open]:opacity-100"
        >
          <Ellipsis size={15} />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner side="bottom" align="end" sideOffset={4} className="z-50">
            <Menu.Popup className="popup w-40">
              <Menu.Item className="popup-item" onClick={() => setRenaming(id)}>
                <Pencil size={14} aria-hidden /> Rename
              </Menu.Item>
              <Menu.Item className="popup-item" onClick={() => archive(id, !archived)}>
                {archived ? <ArchiveRestore size={14} aria-hidden /> : <Archive size={14} aria-hidden />}
                {archived ? 'Bring back' : 'Archive'}
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
    </li>
  )
})

function RenameRow({ session: { id, title } }: { session: SessionSummary }) {
  const setRenaming = useUi((ui) => ui.setRenaming)
  const done = useRef(false)
  const finish = (next: string | null) => {
    if (done.current) return
    done.current = true
    setRenaming(null)
    if (next?.trim() && next.trim() !== title) void rename(id, next.trim())
  }
  return (
    <li className="p-1">
      <input
        // biome-ignore lint/a11y/noAutofocus: the person just asked to type here
        autoFocus
        aria-label="Title of the session"
        defaultValue={title}
        maxLength={200}
        className="field"
        onFocus={(event) => event.target.select()}
        onBlur={(event) => finish(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') finish(event.currentTarget.value)
          if (event.key !== 'Escape') return
          event.stopPropagation()
          finish(null)
        }}
      />
    </li>
  )
}
