import { Download, Play, ScrollText } from 'lucide-react'
import { useState } from 'react'
import type { MediaPart } from '../../../sidecar/contract/index.ts'
import { attempt } from '../../actions.ts'
import { bytes } from '../../ui/format.ts'
import { KindIcon } from '../../ui/kind-icon.tsx'
import { ImageViewer, TextViewer } from './media-viewer.tsx'
import { saveFile, useObjectUrl } from './object-urls.ts'

/** The largest an image is shown in the conversation, in pixels. */
const WIDEST = 360
const HIGHEST = 320

/** A file that a person handed in, as the conversation shows it. */
export function MediaPartView({ part }: { part: MediaPart }) {
  switch (part.kind) {
    case 'image':
      return <ImagePart part={part} />
    case 'audio':
    case 'video':
      return <RecordingPart part={part} />
    default:
      return <PaperPart part={part} />
  }
}

function ImagePart({ part }: { part: MediaPart }) {
  const { hash, name, width = WIDEST, height = HIGHEST } = part
  const [open, setOpen] = useState(false)
  const { url, problem } = useObjectUrl(hash, 'preview')
  const scale = Math.min(1, WIDEST / width, HIGHEST / height)
  // Its place is kept before it is there, so that nothing jumps.
  const size = { width: Math.max(24, Math.round(width * scale)), height: Math.max(24, Math.round(height * scale)) }
  if (problem) return <FileRow part={part} words={problem.message} />
  return (
    <>
      <button
        type="button"
        data-testid="image-part"
        className="block max-w-full overflow-hidden rounded-lg border border-line bg-raised"
        aria-label={`Show ${name}`}
        title={name}
        onClick={() => setOpen(true)}
        style={size}
      >
        {url && <img src={url} alt={name} decoding="async" className="size-full object-contain" />}
      </button>
      {open && <ImageViewer part={part} preview={url} onClose={() => setOpen(false)} />}
    </>
  )
}

function RecordingPart({ part }: { part: MediaPart }) {
  const [wanted, setWanted] = useState(false)
  const { url, problem } = useObjectUrl(part.hash, 'original', wanted)
  if (problem || !url) {
    return (
      <FileRow part={part} words={problem?.message}>
        <RowButton label={`Play ${part.name}`} onClick={() => setWanted(true)} icon={<Play size={14} aria-hidden />} />
      </FileRow>
    )
  }
  return part.kind === 'audio' ? (
    // biome-ignore lint/a11y/useMediaCaption: it is the person's own recording; there are no captions
    <audio src={url} controls autoPlay aria-label={part.name} className="w-[min(22rem,85%)]" />
  ) : (
    // biome-ignore lint/a11y/useMediaCaption: it is the person's own recording; there are no captions
    <video src={url} controls autoPlay aria-label={part.name} className="max-h-80 max-w-[85%] rounded-lg bg-raised" />
  )
}

function PaperPart({ part }: { part: MediaPart }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <FileRow part={part} words={part.as === 'text' ? 'sent as text' : undefined}>
        <RowButton
          label={`Read ${part.name} as text`}
          onClick={() => setOpen(true)}
          icon={<ScrollText size={14} aria-hidden />}
        />
      </FileRow>
      {open && <TextViewer part={part} onClose={() => setOpen(false)} />}
    </>
  )
}

function FileRow({ part, words, children }: { part: MediaPart; words?: string | undefined; children?: React.ReactNode }) {
  const { kind, name, size, hash } = part
  return (
    <div
      data-testid="file-part"
      className="flex max-w-[85%] items-center gap-2 rounded-lg border border-line py-1 pl-3 pr-1 text-[13px] text-soft"
    >
      <KindIcon kind={kind} size={15} />
      <span className="truncate">{name}</span>
      <span className="shrink-0 text-faint">{bytes(size)}</span>
      {words && <span className="text-faint">· {words}</span>}
      {children}
      <RowButton
        label={`Save ${name}`}
        onClick={() => void attempt(() => saveFile(hash, name))}
        icon={<Download size={14} aria-hidden />}
      />
    </div>
  )
}

function RowButton({ label, icon, onClick }: { label: string; icon: React.ReactNode; onClick(): void }) {
  return (
    <button type="button" className="icon-button size-7" aria-label={label} title={label} onClick={onClick}>
      {icon}
    </button>
  )
}
