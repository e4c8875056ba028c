import { Folder } from 'lucide-react'
import type { SessionId } from '../../sidecar/contract/index.ts'
import { configure } from '../actions.ts'
import { shell } from '../connection/shell.ts'
import { useOpen } from '../stores/open-session.ts'
import { useUi } from '../stores/ui.ts'
import { baseName } from '../ui/format.ts'
import { FolderDialog } from './folder-dialog.tsx'

/** Which folder the agent of this session may work in. */
export function WorkspacePicker({ sessionId }: { sessionId: SessionId }) {
  const workspace = useOpen((store) => store.view?.summary.workspace ?? '')
  const open = useUi((ui) => ui.dialog === 'workspace')
  const setDialog = useUi((ui) => ui.setDialog)
  const choose = (folder: string | null) => {
    setDialog(null)
    if (folder && folder !== workspace) void configure(sessionId, { workspace: folder })
  }
  const desktop = shell()
  const pick = () => (desktop ? void desktop.pickFolder().then(choose) : setDialog('workspace'))
  return (
    <>
      <button
        type="button"
        data-testid="workspace-picker"
        className="picker"
        onClick={pick}
        aria-label={`Workspace: ${workspace}`}
        title={workspace}
      >
        <Folder size={14} className="shrink-0" aria-hidden />
        <span className="max-w-36 truncate">{baseName(workspace) || 'Folder'}</span>
      </button>
      {open && <FolderDialog start={workspace} onChoose={choose} onClose={() => setDialog(null)} />}
    </>
  )
}
