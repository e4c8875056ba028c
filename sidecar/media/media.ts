import { existsSync, openAsBlob } from 'node:fs'
import { readFile, rm, stat } from 'node:fs/promises'
import {
  type Failure,
  MEDIA_LIMITS,
  type MediaInfo,
  type MediaPart,
  type MediaVerdict,
  type MessageId,
  type SessionId,
  type UserPart,
} from '../contract/index.ts'
import { atomically, type Clock, type Db, type Log, OxbowError } from '../foundation/index.ts'
import { Converter } from './converter.ts'
import { MediaFiles, tooLarge } from './files.ts'
import { servedAs } from './kinds.ts'
import { limitsOf, PREVIEW, type VendorLimits } from './limits.ts'
import { cleanName } from './name.ts'
import { MediaStore } from './store.ts'
import { sweep } from './sweep.ts'
import type { MediaContent, StoredMedia } from './types.ts'
import { Uploads } from './uploads.ts'
import { bytesSent, judge, judgeTogether, type Modalities } from './verdict.ts'

/** A part as a person sends it. */
export type SentMedia = Extract<UserPart, { type: 'media' }>

export interface MediaOptions {
  /** The folder of stored files. */
  root: string
  db: Db
  clock: Clock
  log: Log
  /** The worker's file. */
  worker: string
  /** What a model takes; undefined where nobody knows. */
  modalities(ref: string): Promise<Modalities>
}

/** Text of one file that a check or a screen gets, in UTF-16 units. */
const MOST_SHOWN = 400_000

/** The files that people hand in: stored once, checked by their bytes, and turned into what a model can take. */
export class Media {
  readonly #options: MediaOptions
  readonly #files: MediaFiles
  readonly #converter: Converter
  readonly #uploads: Uploads
  /** Prepared when the first file is spoken of: a start needs none of it. */
  #store: MediaStore | undefined
  /** Files being made, so that two who want the same one wait for the same. */
  readonly #making = new Map<string, Promise<void>>()
  #arriving = 0

  constructor(options: MediaOptions) {
    this.#options = options
    this.#files = new MediaFiles(options.root)
    this.#converter = new Converter({ worker: options.worker, log: options.log })
    this.#uploads = new Uploads(this.#files, options.clock)
  }

  get #rows(): MediaStore {
    this.#store ??= new MediaStore(this.#options.db)
    return this.#store
  }

  /**
   * Stores a file. Once this settles it is on the disk, under the hash of its bytes.
   * @throws OxbowError `media.tooLarge`, `media.empty`, and what the check of its bytes says: see `jobs/inspect.ts`
   */
  async put(file: Blob, givenName: string): Promise<MediaInfo> {
    if (file.size > MEDIA_LIMITS.fileBytes) throw tooLarge()
    const stream = file.stream()
    return this.#arrive(givenName, () => this.#files.receive(stream))
  }

  /** Takes the next piece of an upload. @returns how much of it is there. @throws OxbowError `media.gap`, `media.tooLarge`, `media.busy` */
  append(uploadId: string, at: number, piece: Blob): Promise<number> {
    return this.#uploads.append(uploadId, at, piece)
  }

  /** Stores the file that came in pieces. @throws OxbowError `media.gap`, and as `put` */
  finish(uploadId: string, givenName: string, size: number): Promise<MediaInfo> {
    return this.#arrive(givenName, () => this.#uploads.take(uploadId, size))
  }

  async #arrive(givenName: string, receive: () => Promise<{ path: string; size: number }>): Promise<MediaInfo> {
    const name = cleanName(givenName)
    this.#arriving++
    let path: string | undefined
    let text: string | undefined
    try {
      const received = await receive()
      path = received.path
      const { hash, turned = false, ...facts } = await this.#converter.run({ do: 'inspect', path, name })
      let characters: number | undefined
      if (facts.kind === 'document') {
        text = await this.#files.fresh()
        characters = (await this.#converter.run({ do: 'text', path, mime: facts.mime, out: text })).characters
      }
      const { size } = received
      const info: MediaInfo = { hash, ...present({ ...facts, characters }), name, size }
      // File and row in one go: no sweep can come between them.
      this.#files.settle(path, hash)
      if (text !== undefined) this.#files.settle(text, hash, 'text')
      this.#rows.put({ ...info, turned, storedAt: this.#options.clock.iso() })
      await this.#files.sync(hash)
      return info
    } catch (error) {
      for (const left of [path, text]) if (left !== undefined) await rm(left, { force: true })
      throw error
    } finally {
      this.#arriving--
    }
  }

  /** @throws OxbowError `media.notFound` */
  info(hash: string): StoredMedia {
    const media = this.#rows.get(hash)
    if (!media || !existsSync(this.#files.path(hash))) throw notFound(hash)
    return media
  }

  /** The bytes of a stored file, read as they are wanted, under a type that no page runs. @throws OxbowError `media.notFound`, `media.damaged` */
  async read(hash: string, variant: 'original' | 'preview'): Promise<File> {
    const media = this.info(hash)
    const derived = variant === 'preview' ? await this.#shrunk(media, PREVIEW) : undefined
    const blob = await openAsBlob(this.#files.path(hash, derived))
    const type = derived === undefined ? servedAs(media.mime) : imageMime(new Uint8Array(await blob.slice(0, 4).arrayBuffer()))
    return new File([blob], media.name, { type })
  }

  /** The text of a PDF or a document. @throws OxbowError `media.notFound`, `media.noText`, `media.damaged` */
  async text(hash: string): Promise<{ text: string; truncated: boolean }> {
    const text = await this.#textOf(this.info(hash))
    return { text: text.slice(0, MOST_SHOWN), truncated: text.length > MOST_SHOWN }
  }

  /** How files would reach a model, each and together. @throws OxbowError `media.notFound` */
  async check(
    sent: readonly { hash: string; as?: 'text' | undefined }[],
    ref: string,
  ): Promise<{ verdicts: MediaVerdict[]; problem?: Failure }> {
    const modalities = await this.#options.modalities(ref)
    const stored = sent.map(({ hash }) => this.info(hash))
    const verdicts = stored.map((media, at) => judge(media, ref, modalities, sent[at]?.as))
    const bytes = stored.reduce((sum, media, at) => sum + bytesSent(media, ref, verdicts[at]!), 0)
    const problem = judgeTogether(bytes, ref)
    return { verdicts, ...(problem && { problem }) }
  }

  /**
   * Makes sure that a message can be sent to a model, and makes what it will need.
   * @throws OxbowError `media.tooMany`, `media.messageTooLarge`, `media.unsupported`, `media.tooMuchForModel`, `media.notFound`, `media.damaged`
   */
  async prepare(parts: readonly UserPart[], ref: string): Promise<void> {
    const sent = parts.filter((part) => part.type === 'media')
    if (sent.length === 0) return
    const beside = parts.filter((part) => part.type !== 'text').length
    if (beside > MEDIA_LIMITS.files)
      throw new OxbowError(
        'BAD_REQUEST',
        'media.tooMany',
        `a message carries ${MEDIA_LIMITS.files} files at most`,
        'Send the rest with another one.',
      )
    const stored = sent.map(({ hash }) => this.info(hash))
    if (stored.reduce((sum, { size }) => sum + size, 0) > MEDIA_LIMITS.messageBytes)
      throw new OxbowError(
        'BAD_REQUEST',
        'media.messageTooLarge',
        `the files of a message have ${MEDIA_LIMITS.messageBytes / 1024 / 1024} MB at most`,
        'Send some of them with another one.',
      )
    const { verdicts, problem } = await this.check(sent, ref)
    const at = verdicts.findIndex(({ goes }) => goes === 'refused')
    if (at >= 0)
      throw new OxbowError(
        'BAD_REQUEST',
        'media.unsupported',
        `"${sent[at]?.name ?? stored[at]!.name}" cannot be sent: ${verdicts[at]!.why}`,
        'Choose a model that takes it, or leave it out.',
      )
    if (problem) throw new OxbowError('BAD_REQUEST', problem.code, problem.message, problem.hint)
    for (const [index, media] of stored.entries()) {
      const { goes } = verdicts[index]!
      if (goes === 'converted') await this.#shrunk(media, limitsOf(ref))
      if (goes === 'text') await this.#textOf(media)
    }
  }

  /** A sent part as the log keeps it. @throws OxbowError `media.notFound` */
  describe({ hash, name, as }: SentMedia): Omit<MediaPart, 'id'> {
    const { kind, mime, size, width, height, ...media } = this.info(hash)
    return {
      type: 'media',
      name: name === undefined ? media.name : cleanName(name),
      hash,
      kind,
      mime,
      size,
      ...present({ width, height, as }),
    }
  }

  /** Says that a message names files; in the transaction that writes the message, so that neither is without the other. */
  use(session: SessionId, message: MessageId, hashes: readonly string[]): void {
    for (const hash of hashes) this.#rows.use(hash, session, message)
  }

  /** A message that was taken back names nothing any more; in the transaction that takes it back. */
  release(message: MessageId): void {
    this.#rows.release(message)
  }

  /** How much of a model's window a part takes, in UTF-16 units of text that would take as much. */
  weight(part: MediaPart): number {
    const { characters = 0, pages = 1 } = this.#rows.get(part.hash) ?? {}
    switch (part.kind) {
      case 'document':
        return characters
      case 'pdf':
        return pages * UNITS.page
      case 'image':
        return UNITS.image
      default:
        return Math.ceil(part.size / UNITS.recordingBytes)
    }
  }

  /**
   * What a model gets of the files of a conversation, now: it may be another model than when they were sent. Never throws:
   * what cannot be had any more, what the model does not take, and what no request has room for becomes a text that says so.
   * @param parts the newest first
   * @param most text kept of all of them, in UTF-16 units
   */
  async contents(parts: readonly MediaPart[], ref: string, most: number): Promise<Map<MediaPart, MediaContent>> {
    const contents = new Map<MediaPart, MediaContent>()
    if (parts.length === 0) return contents
    const modalities = await this.#options.modalities(ref)
    let room = limitsOf(ref).request.bytes
    let words = most
    for (const part of parts) {
      const { content, bytes } = await this.#content(part, ref, modalities, words)
      if (content.type === 'document') words = Math.max(0, words - content.text.length)
      room -= bytes
      contents.set(part, room >= 0 ? content : leftOut(part, 'the conversation holds newer files, and there is no room for more'))
    }
    return contents
  }

  async #content(
    part: MediaPart,
    ref: string,
    modalities: Modalities,
    most: number,
  ): Promise<{ content: MediaContent; bytes: number }> {
    const { hash, name, kind } = part
    try {
      const media = this.info(hash)
      const verdict = judge(media, ref, modalities, part.as)
      if (verdict.goes === 'refused' || (kind === 'document' && verdict.goes !== 'text'))
        return { content: leftOut(part, 'this model does not take it'), bytes: 0 }
      if (kind === 'document' || verdict.goes === 'text')
        return { content: { type: 'document', name, text: cut(await this.#textOf(media), most) }, bytes: 0 }
      const derived = verdict.goes === 'converted' ? await this.#shrunk(media, limitsOf(ref)) : undefined
      const path = this.#files.path(hash, derived)
      const mime = derived === undefined ? media.mime : imageMime(await head(path))
      const { size: bytes } = await stat(path)
      return { content: { type: 'media', media: { kind, mime, name, base64: () => readFile(path, 'base64') } }, bytes }
    } catch (error) {
      if (!(error instanceof OxbowError)) this.#options.log.warn({ err: error, hash }, 'a file could not be read for a model')
      return { content: leftOut(part, error instanceof OxbowError ? error.message : 'it could not be read'), bytes: 0 }
    }
  }

  /** Removes what no message names; in small steps, and only what has lain long enough for a draft to be given up. */
  sweep(signal: AbortSignal): Promise<number> {
    return sweep({
      files: this.#files,
      rows: this.#rows,
      clock: this.#options.clock,
      quiet: () => this.#arriving === 0 && this.#uploads.open === 0,
      signal,
    })
  }

  /** The text of what was fetched: a web page as Markdown, a PDF or a document by its words. @throws OxbowError `media.*` */
  async pageText(bytes: Uint8Array, mime: string, url: string): Promise<string> {
    return (await this.#converter.run({ do: 'page', bytes, mime, url })).text
  }

  /** Ends the thread. */
  close(): Promise<void> {
    return this.#converter.close()
  }

  async #textOf({ hash, kind, mime }: StoredMedia): Promise<string> {
    if (kind !== 'pdf' && kind !== 'document')
      throw new OxbowError('BAD_REQUEST', 'media.noText', `there is no text in this ${kind}`, 'PDFs and documents have text.')
    await this.#make(hash, 'text', async (out) => {
      const { characters } = await this.#converter.run({ do: 'text', path: this.#files.path(hash), mime, out })
      this.#rows.setCharacters(hash, characters)
    })
    return readFile(this.#files.path(hash, 'text'), 'utf8')
  }

  /** @returns what the smaller image is stored as; undefined where the image itself is small enough */
  async #shrunk(
    media: StoredMedia,
    { image: limit, imageTypes }: Pick<VendorLimits, 'image' | 'imageTypes'>,
  ): Promise<string | undefined> {
    const { hash, kind, mime, size, turned, width = 0, height = 0 } = media
    if (kind !== 'image') return undefined
    if (!turned && imageTypes.includes(mime) && Math.max(width, height) <= limit.edge && size <= limit.bytes) return undefined
    const derived = `image-${limit.edge}-${limit.bytes}`
    await this.#make(hash, derived, async (out) => {
      await this.#converter.run({ do: 'shrink', path: this.#files.path(hash), out, limit })
    })
    return derived
  }

  /** Makes something of a file once, whole or not at all. */
  async #make(hash: string, derived: string, write: (out: string) => Promise<void>): Promise<void> {
    const place = this.#files.path(hash, derived)
    if (existsSync(place)) return
    const making = this.#making.get(place) ?? this.#makeNow(hash, derived, write).finally(() => this.#making.delete(place))
    this.#making.set(place, making)
    await making
  }

  async #makeNow(hash: string, derived: string, write: (out: string) => Promise<void>): Promise<void> {
    this.#arriving++
    const out = await this.#files.fresh()
    try {
      await write(out)
      atomically(this.#options.db, () => {
        // Removed meanwhile: then nothing may be left of it.
        if (this.#rows.get(hash)) this.#files.settle(out, hash, derived)
      })
    } finally {
      this.#arriving--
      await rm(out, { force: true })
    }
  }
}

/** A page of a PDF costs a model its picture and its text, an image about 1,600 tokens, a recording some per second. */
const UNITS = { page: 7_500, image: 4_800, recordingBytes: 20 }

const leftOut = ({ kind, name }: MediaPart, why: string): MediaContent => ({
  type: 'text',
  text: `[${kind} "${name}" was left out: ${why}.]`,
})

function cut(text: string, most: number): string {
  if (text.length <= most) return text
  return `${text.slice(0, most).replace(/[\ud800-\udbff]$/, '')}\n[the other ${text.length - most} characters were left out]`
}

async function head(path: string): Promise<Uint8Array> {
  const blob = await openAsBlob(path)
  return new Uint8Array(await blob.slice(0, 4).arrayBuffer())
}

/** What we made ourselves is one of two. */
const imageMime = (bytes: Uint8Array): string => (bytes[0] === 0x89 ? 'image/png' : 'image/jpeg')

const notFound = (hash: string): OxbowError =>
  new OxbowError('NOT_FOUND', 'media.notFound', `no file is stored under ${hash.slice(0, 12)}…`, 'Hand it in again.')

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** Leaves out what is undefined. */
function present<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Present<T>
}
