import { Vault } from 'lucide-react'
import type { SessionId } from '../../sidecar/contract/index.ts'
import { useUi } from '../stores/ui.ts'
import { VaultDialog } from './vault-dialog.tsx'

/** Gives this session a copy of one of the person's own files. */
export function VaultButton({ sessionId }: { sessionId: SessionId }) {
  const open = useUi((ui) => ui.dialog === 'vault')
  const setDialog = useUi((ui) => ui.setDialog)
  return (
    <>
      <button
        type="button"
        data-testid="vault"
        className="icon-button size-7"
        aria-label="Copy from your vault"
        title="Copy from your vault"
        onClick={() => setDialog('vault')}
      >
        <Vault size={15} aria-hidden />
      </button>
      {open && <VaultDialog sessionId={sessionId} onClose={() => setDialog(null)} />}
    </>
  )
}
