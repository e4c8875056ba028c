import { closeSync, constants, openSync, readlinkSync, realpathSync } from 'node:fs'

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants
/** Holds a folder without reading it: its rights may be taken away. Node has no name for it. */
const O_PATH = 0o10000000
const onLinux = process.platform === 'linux'

/** A folder that commands may move, close or exchange. */
export interface HeldFolder {
  /** Does something in it by a name that leads to it. Elsewhere than on Linux nothing, where its own name leads elsewhere by now. */
  use(deed: (at: string) => void): void
  release(): void
}

/** @param path real. @returns undefined where it leads elsewhere by now */
export function holdFolder(path: string): HeldFolder | undefined {
  let folder: number
  try {
    folder = openSync(path, (onLinux ? O_PATH : O_RDONLY) | O_DIRECTORY | O_NOFOLLOW)
  } catch {
    return undefined
  }
  const at = onLinux ? `/proc/self/fd/${folder}` : path
  const release = (): void => closeSync(folder)
  if (placeOf(at) !== path) {
    release()
    return undefined
  }
  const use: HeldFolder['use'] = (deed) => {
    if (onLinux || placeOf(at) === path) deed(at)
  }
  return { use, release }
}

function placeOf(at: string): string | undefined {
  try {
    return onLinux ? readlinkSync(at) : realpathSync.native(at)
  } catch {
    return undefined
  }
}
