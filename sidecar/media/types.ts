import type { MediaInfo, MediaKind } from '../contract/index.ts'

/** What the bytes of a file say of it. */
export interface Facts {
  kind: MediaKind
  mime: string
  width?: number | undefined
  height?: number | undefined
  /** An image that is upright only by what its camera wrote beside the pixels. */
  turned?: boolean | undefined
  pages?: number | undefined
}

/** A row of the store. */
export interface StoredMedia extends MediaInfo {
  turned: boolean
  storedAt: string
}

/** What an image may measure for a model. */
export interface ImageLimit {
  /** The longer edge, in pixels. */
  edge: number
  /** Of the file, before base64. */
  bytes: number
}

/** What the worker can be asked. Paths are absolute; whoever asks has made them. */
export type Job =
  /** Says what a file is. @throws MediaProblem where it is not what it may be */
  | { do: 'inspect'; path: string; name: string }
  /** Writes the text of a PDF or a document to `out`. */
  | { do: 'text'; path: string; mime: string; out: string }
  /** The text of what was fetched from `url`. */
  | { do: 'page'; bytes: Uint8Array; mime: string; url: string }
  /** Writes an image within `limit` to `out`. */
  | { do: 'shrink'; path: string; out: string; limit: ImageLimit }

export interface JobResults {
  inspect: Facts & { hash: string }
  text: { characters: number }
  page: { text: string }
  shrink: { mime: string }
}

/** What a model gets of a file; the shape of `UserContent` in the providers room. */
export type MediaContent =
  | { type: 'text'; text: string }
  | { type: 'document'; name: string; text: string }
  | {
      type: 'media'
      media: { kind: 'image' | 'audio' | 'video' | 'pdf'; mime: string; name: string; base64(): Promise<string> }
    }
