import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import ICAL from 'ical.js'
import { OxbowError } from '../../foundation/index.ts'
import { isZone, KnownZone } from './zones.ts'

const NAME = /^[\p{L}\p{N}_][\p{L}\p{N} _.-]*\.ics$/u
const MOST_FILES = 200
const MOST_BYTES = 8 * 1024 * 1024

/** The calendars of one file, with all that they say, known to us or not. */
export interface IcsFile {
  name: string
  calendars: ICAL.Component[]
}

/** The folder of calendars. No name leads out of it, and links in it are left alone. */
export class IcsFiles {
  readonly #folder: () => string

  constructor(folder: () => string) {
    this.#folder = folder
  }

  get folder(): string {
    return this.#folder()
  }

  async names(): Promise<string[]> {
    const entries = await readdir(this.folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    return entries
      .filter((entry) => entry.isFile() && NAME.test(entry.name))
      .map(({ name }) => name)
      .sort()
      .slice(0, MOST_FILES)
  }

  /** @returns undefined where there is none. @throws OxbowError `calendar.broken`, `calendar.file` */
  async read(name: string): Promise<IcsFile | undefined> {
    if (!NAME.test(name)) throw noFile(name)
    const file = await open(join(this.folder, name), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error.code === 'ELOOP' ? noFile(name) : error
      },
    )
    if (!file) return undefined
    try {
      const is = await file.stat()
      if (!is.isFile()) throw noFile(name)
      if (is.size > MOST_BYTES) throw broken(name, 'it is larger than 8 MB')
      const text = await file.readFile('utf8')
      // An empty file is a calendar with nothing in it.
      return { name, calendars: text.trim() === '' ? [] : parsed(name, text) }
    } finally {
      await file.close()
    }
  }

  /** Writes a file whole or not at all. */
  async write({ name, calendars }: IcsFile): Promise<void> {
    if (!NAME.test(name)) throw noFile(name)
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
    const fresh = join(this.folder, `.oxbow-${randomBytes(6).toString('hex')}`)
    try {
      const file = await open(fresh, 'wx', 0o600)
      try {
        await file.writeFile(calendars.map((calendar) => `${calendar.toString().replace(/\r\n$/, '')}\r\n`).join(''))
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(fresh, join(this.folder, name))
    } catch (error) {
      await rm(fresh, { force: true })
      throw error
    }
  }
}

function parsed(name: string, text: string): ICAL.Component[] {
  let read: unknown[]
  try {
    read = ICAL.parse(text.replace(/^\uFEFF/, '')) as unknown[]
  } catch (error) {
    throw broken(name, error instanceof Error ? error.message : String(error))
  }
  // One calendar, or several in a list.
  const all = (typeof read[0] === 'string' ? [read] : read) as ConstructorParameters<typeof ICAL.Component>[0][]
  return all.map((one) => {
    const calendar = new ICAL.Component(one)
    if (calendar.name !== 'vcalendar') throw broken(name, `it begins with ${calendar.name.toUpperCase()}`)
    const own = calendar.getTimeZoneByID.bind(calendar)
    calendar.getTimeZoneByID = (zone: string) => (isZone(zone) ? new KnownZone(zone) : own(zone))
    return calendar
  })
}

const broken = (name: string, why: string): OxbowError =>
  new OxbowError(
    'CONFLICT',
    'calendar.broken',
    `${name} cannot be read as a calendar: ${why}`,
    'It was left as it is; correct it, or move it out of the folder.',
  )

const noFile = (name: string): OxbowError =>
  new OxbowError('BAD_REQUEST', 'calendar.file', `"${name}" is no file of the calendar`, 'Name one such as work.ics.')
