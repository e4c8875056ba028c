import { CornerLeftUp, File, Folder } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { SessionId, VaultEntry } from '../../sidecar/contract/index.ts'
import { inWords } from '../connection/words.ts'
import { online } from '../stores/connection.ts'
import { useNotices } from '../stores/notices.ts'
import { bytes } from '../ui/format.ts'
import { Modal } from '../ui/modal.tsx'

interface Listing {
  root: string
  path: string
  entries: VaultEntry[]
}

/** The person's own files, from which they give copies to a session. */
export function VaultDialog({ sessionId, onClose }: { sessionId: SessionId; onClose(): void }) {
  const [listing, setListing] = useState<Listing | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const fail = (error: unknown) => {
    const { message, hint } = inWords(error)
    setProblem(hint ? `${message} ${hint}` : message)
  }
  const browse = async (path: string) => {
    try {
      setListing(await online().vault.list({ path: path || '.' }))
      setProblem(null)
    } catch (error) {
      fail(error)
    }
  }
  const copy = async (from: string) => {
    try {
      const { to, files } = await online().vault.copy({ sessionId, from })
      useNotices.getState().add({ message: `Copied ${files === 1 ? 'one file' : `${files} files`} to ${to}` })
      onClose()
    } catch (error) {
      fail(error)
    }
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, for the vault itself
  useEffect(() => void browse('.'), [])

  const below = (name: string) => (listing?.path ? `${listing.path}/${name}` : name)
  return (
    <Modal open title="Copy from your vault" onClose={onClose}>
      <p className="px-4 py-2.5 text-[13px] text-soft">
        No agent reads your vault{listing && <span className="mono"> {listing.root}</span>}. What you choose is copied into this
        session's workspace.
      </p>
      {problem && (
        <p role="alert" className="px-4 pb-2 text-[13px] text-bad">
          {problem}
        </p>
      )}
      <ul aria-label="Vault" className="min-h-40 flex-1 overflow-y-auto border-t border-line p-1">
        {listing?.path && (
          <li>
            <button
              type="button"
              className="popup-item text-soft hover:bg-hover"
              onClick={() => browse(listing.path.split('/').slice(0, -1).join('/'))}
            >
              <CornerLeftUp size={15} aria-hidden /> Up one folder
            </button>
          </li>
        )}
        {listing?.entries.map((entry) => (
          <li key={entry.name} className="flex items-center gap-1">
            {entry.kind === 'folder' ? (
              <button
                type="button"
                className="popup-item min-w-0 flex-1 text-soft hover:bg-hover"
                onClick={() => browse(below(entry.name))}
              >
                <Folder size={15} aria-hidden /> <span className="truncate text-ink">{entry.name}</span>
              </button>
            ) : (
              <span className="popup-item min-w-0 flex-1 text-soft">
                <File size={15} aria-hidden /> <span className="truncate text-ink">{entry.name}</span>
                <span className="shrink-0 text-xs">{bytes(entry.bytes)}</span>
              </span>
            )}
            <button
              type="button"
              className="button shrink-0"
              aria-label={`Copy ${entry.name} into the session`}
              onClick={() => copy(below(entry.name))}
            >
              Copy
            </button>
          </li>
        ))}
        {listing?.entries.length === 0 && <li className="px-2 py-1.5 text-[13px] text-faint">Nothing in here yet</li>}
      </ul>
    </Modal>
  )
}
