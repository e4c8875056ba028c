import { stat } from 'node:fs/promises'
import { examineDatabase, OxbowError } from '../../foundation/index.ts'
import { broken, type DoctorContext, type Finding, ok } from './context.ts'

const MIB = 1024 ** 2
/** Reading every page stops everything else in this process for that long; a larger file is only opened. */
const MOST_WHOLE = 64 * MIB

/** Reads the database; changes nothing in it. */
export async function checkDatabase({ home }: DoctorContext): Promise<Finding> {
  const file = await stat(home.database).catch(() => undefined)
  if (!file) return ok(`${home.database} will be made at the first start`)
  const size = `${(file.size / MIB).toFixed(1)} MiB`
  const pages = file.size <= MOST_WHOLE
  try {
    const { version, known, faults } = examineDatabase(home.database, { pages })
    if (faults.length > 0) return broken(`${home.database} is damaged: ${faults[0]}`, mend(home.database))
    const schema = version < known ? `schema ${version}, the next start brings it to ${known}` : `schema ${version}`
    return ok(`${schema}, ${size}, ${pages ? 'every page sound' : 'opened; too large to read every page now'}`)
  } catch (error) {
    if (!(error instanceof OxbowError)) throw error
    return broken(error.message, error.code === 'database.damaged' ? mend(home.database) : (error.hint ?? mend(home.database)))
  }
}

const mend = (path: string): string =>
  `Stop Oxbow, keep a copy of '${path}', then: sqlite3 '${path}' .recover | sqlite3 mended.db, and put mended.db in its place.`
