import { Download } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { MediaPart } from '../../../sidecar/contract/index.ts'
import { attempt } from '../../actions.ts'
import { inWords } from '../../connection/words.ts'
import { online } from '../../stores/connection.ts'
import { Capped } from '../../ui/capped.tsx'
import { bytes } from '../../ui/format.ts'
import { Modal } from '../../ui/modal.tsx'
import { Scrollable } from '../../ui/scrollable.tsx'
import { saveFile, useObjectUrl } from './object-urls.ts'

interface Viewer {
  part: MediaPart
  onClose(): void
}

/** An image as large as the window lets it be. */
export function ImageViewer({ part, preview, onClose }: Viewer & { preview: string | undefined }) {
  // What no page shows is shown as its preview.
  const { url = preview } = useObjectUrl(part.hash, 'original', part.mime !== 'image/tiff')
  return (
    <Modal open title={part.name} onClose={onClose} className="top-[4vh] max-h-[92vh] w-[min(72rem,calc(100vw-2rem))]">
      <div className="grid min-h-0 flex-1 place-items-center overflow-auto bg-raised p-2">
        {url && <img src={url} alt={part.name} className="max-h-[78vh] max-w-full object-contain" />}
      </div>
      <Foot part={part} words={part.width ? `${part.width} × ${part.height}, ${bytes(part.size)}` : bytes(part.size)} />
    </Modal>
  )
}

/** The text of a PDF or a document, as a model gets it. */
export function TextViewer({ part, onClose }: Viewer) {
  const [text, setText] = useState<string | null>(null)
  const [words, setWords] = useState('Reading…')
  useEffect(() => {
    online()
      .media.text({ hash: part.hash })
      .then(
        (read) => {
          setText(read.text)
          setWords(read.truncated ? 'The beginning of its text, as a model gets it.' : 'Its text, as a model gets it.')
        },
        (error: unknown) => setWords(inWords(error).message),
      )
  }, [part.hash])
  return (
    <Modal open title={part.name} onClose={onClose} className="w-[min(48rem,calc(100vw-2rem))]">
      <Scrollable label={`Text of ${part.name}`} className="min-h-24 flex-1 overflow-y-auto px-4 py-3">
        {text !== null && (
          <Capped text={text}>
            {(shown) => <pre className="mono whitespace-pre-wrap [overflow-wrap:anywhere]">{shown}</pre>}
          </Capped>
        )}
      </Scrollable>
      <Foot part={part} words={words} />
    </Modal>
  )
}

function Foot({ part: { hash, name }, words }: { part: MediaPart; words: string }) {
  return (
    <footer className="flex shrink-0 items-center justify-between gap-2 border-t border-line py-2 pl-4 pr-2 text-[13px] text-soft">
      <p role="status">{words}</p>
      <button type="button" className="button" onClick={() => void attempt(() => saveFile(hash, name))}>
        <Download size={14} aria-hidden /> Save
      </button>
    </footer>
  )
}
