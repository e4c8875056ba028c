import { AudioLines, File, FileText, Film, Image } from 'lucide-react'
import type { MediaKind } from '../../sidecar/contract/index.ts'

const ICONS = { image: Image, audio: AudioLines, video: Film, pdf: FileText, document: File } as const

/** The sign of a kind of file. */
export function KindIcon({ kind, size }: { kind: MediaKind; size: number }) {
  const Icon = ICONS[kind]
  return <Icon size={size} className="shrink-0" aria-hidden />
}
