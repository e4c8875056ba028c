import { chmodSync, realpathSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { OxbowError } from '../foundation/index.ts'
import { type Guard, guardsOf } from './guards.ts'
import { type HeldFolder, holdFolder } from './held-folder.ts'
import { identityOf, type Known } from './identity.ts'
import { type GitPlaces, Repositories } from './repositories.ts'
import { standIn } from './stand-ins.ts'

/** Watches over the workspace of one box: that it stays the folder it was, and that what shells and git obey in it stays as it is. */
export class Ward {
  /** The workspace as it was when the box was opened. */
  readonly workspace: Known
  readonly #repositories: Repositories

  constructor(path: string) {
    const identity = identityOf(path)
    if (identity === undefined) throw replaced(path)
    this.workspace = { path, identity }
    this.#repositories = new Repositories(path)
  }

  /** Another session may work in a folder around this one, and have moved it. @throws OxbowError `sandbox.replaced` */
  check(): void {
    const { path, identity } = this.workspace
    if (identityOf(path) !== identity || nameOf(path) !== path) throw replaced(path)
  }

  /** What of it is git's now. A search costs a look at each folder: one is enough for all that is done before a command. */
  look(): GitPlaces {
    return this.#repositories.find()
  }

  /** What commands must find guarded now. @throws OxbowError `sandbox.link` */
  guards(git = this.look()): Guard[] {
    return guardsOf(this.workspace.path, git)
  }

  /** See `standIn`. */
  standIn(git = this.look()): () => void {
    return standIn(this.workspace.path, git.folders)
  }

  /**
   * To be called before a command. A file that sends git to another folder's settings cannot be mounted before it is there.
   * @returns what takes away those that were made meanwhile, to be called after it
   */
  watch({ folders } = this.look()): () => void {
    const without = folders.filter((folder) => nameOf(join(folder, 'commondir')) === undefined)
    const hold = (): HeldFolder[] => without.flatMap((folder) => holdFolder(folder) ?? [])
    const held = hold()
    // Where they are now, and what stands in their places.
    return () => {
      for (const folder of [...held.splice(0), ...hold()]) {
        folder.use(takeCommondir)
        folder.release()
      }
    }
  }
}

/** Takes the file away, also out of a folder that was closed. A folder of that name says nothing to git. */
function takeCommondir(at: string): void {
  for (const closed of [false, true]) {
    try {
      if (closed) chmodSync(at, 0o700)
      unlinkSync(join(at, 'commondir'))
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EACCES') return
    }
  }
}

function nameOf(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch {
    return undefined
  }
}

function replaced(workspace: string): OxbowError {
  return new OxbowError(
    'CONFLICT',
    'sandbox.replaced',
    `"${workspace}" is not the folder any more that it was when the session began to work in it.`,
    'Put that folder back, or begin a session in the one that is meant.',
  )
}
