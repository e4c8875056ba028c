import { CornerLeftUp, Folder } from 'lucide-react'
import { useEffect, useState } from 'react'
import { inWords } from '../connection/words.ts'
import { online } from '../stores/connection.ts'
import { Modal } from '../ui/modal.tsx'

interface Listing {
  path: string
  parent: string | null
  folders: string[]
  truncated: boolean
}

/** The folder picker of a browser, which cannot see the computer's folders by itself. */
export function FolderDialog({ start, onChoose, onClose }: { start: string; onChoose(path: string): void; onClose(): void }) {
  const [listing, setListing] = useState<Listing | null>(null)
  const [typed, setTyped] = useState(start)
  const [problem, setProblem] = useState<string | null>(null)

  const browse = async (path: string) => {
    try {
      const next = await online().folders.browse(path ? { path } : {})
      setListing(next)
      setTyped(next.path)
      setProblem(null)
    } catch (error) {
      const { message, hint } = inWords(error)
      setProblem(hint ? `${message}. ${hint}` : message)
    }
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, for the folder it opens at
  useEffect(() => void browse(start), [])

  return (
    <Modal open title="Choose a folder to work in" onClose={onClose}>
      <form
        className="flex gap-2 p-3"
        onSubmit={(event) => {
          event.preventDefault()
          void browse(typed)
        }}
      >
        <input aria-label="Path" className="field mono" value={typed} onChange={(event) => setTyped(event.target.value)} />
        <button type="submit" className="button h-8">
          Go
        </button>
      </form>
      {problem && (
        <p role="alert" className="px-4 pb-2 text-[13px] text-bad">
          {problem}
        </p>
      )}
      <ul aria-label="Folders" className="min-h-40 flex-1 overflow-y-auto border-y border-line p-1">
        {listing?.parent && (
          <FolderRow
            name="Up one folder"
            icon={<CornerLeftUp size={15} aria-hidden />}
            onOpen={() => browse(listing.parent ?? '')}
          />
        )}
        {listing?.folders.map((name) => (
          <FolderRow
            key={name}
            name={name}
            icon={<Folder size={15} aria-hidden />}
            onOpen={() => browse(`${listing.path.replace(/\/$/, '')}/${name}`)}
          />
        ))}
        {listing?.folders.length === 0 && <li className="px-2 py-1.5 text-[13px] text-faint">No folders in here</li>}
        {listing?.truncated && (
          <li className="px-2 py-1.5 text-[13px] text-faint">There are more: type the path to reach them</li>
        )}
      </ul>
      <footer className="flex items-center justify-end gap-2 p-3">
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          className="button button-primary"
          disabled={!listing}
          onClick={() => listing && onChoose(listing.path)}
        >
          Use this folder
        </button>
      </footer>
    </Modal>
  )
}

function FolderRow({ name, icon, onOpen }: { name: string; icon: React.ReactNode; onOpen(): void }) {
  return (
    <li>
      <button type="button" className="popup-item text-soft hover:bg-hover" onClick={onOpen}>
        {icon} <span className="truncate text-ink">{name}</span>
      </button>
    </li>
  )
}
