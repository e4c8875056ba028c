import { basename, resolve } from 'node:path'
import { globOf } from './glob.ts'
import { nameFrom, placeIn } from './place.ts'

/** Names of files that hold keys and passwords, wherever they lie. Examples to copy from are none. */
const NAMES = new RegExp(
  `^(?:${[
    String.raw`\.env(?:\.(?!(?:example|sample|template|dist)$).+)?`,
    String.raw`\.envrc|\.netrc|_netrc|\.npmrc|\.pypirc|\.pgpass|\.my\.cnf|\.htpasswd|\.git-credentials|\.vault-token`,
    String.raw`[^*]+\.(?:pem|key|p12|pfx|ppk|jks|keystore|kdbx?|tfvars)`,
    'id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?',
    String.raw`(?:.+[._-])?(?:credentials|secrets?)(?:\.(?:json|ya?ml|toml|ini|txt|env))?`,
    String.raw`service[-_]account.*\.json|client_secret.*\.json|terraform\.tfstate(?:\.backup)?`,
    String.raw`(?:wallet|key\d)\.(?:dat|db)|logins\.json|cookies\.sqlite`,
  ].join('|')})$`,
  'i',
)
/** Folders in which everything is. */
const FOLDERS = /(?:^|\/)\.(?:ssh|aws|azure|gnupg|kube|docker|password-store|oxbow)(?:\/|$)/
/** Patterns that may stand for one of these: `.e*`, `id_*`. */
const LIKELY = ['.env', '.env.local', 'id_rsa', 'id_ed25519', 'credentials.json', 'secrets.json', '.npmrc', '.netrc']

export interface PrivatePaths {
  /** Why a path is private, in plain words; undefined where it is not. @param path absolute and normal */
  why(path: string, workspace: string): string | undefined
  /** Whether what is private about it is its content: the person marked it, or it is theirs outside of the workspace. A file with keys is none. */
  isPersonal(path: string, workspace: string): boolean
  /** The same as `why` for what a shell would expand. */
  whyPattern(pattern: string, workspace: string): string | undefined
}

/**
 * @param globs what the person marked private: `customers/**`, `~/Documents/**`
 * @param home the person's home folder: what lies in it beside the workspace is theirs
 * @param ours folders that agents have beside their workspaces, real
 */
export function createPrivatePaths(
  globs: () => readonly string[],
  home: string,
  ours: () => readonly string[] = () => [],
): PrivatePaths {
  /** Read once for each list of them. */
  let read: { of: readonly string[]; globs: readonly MarkedGlob[] } = { of: [], globs: [] }
  const marked = (path: string, inside: string): string | undefined => {
    const now = globs()
    if (now.length === 0) return undefined
    if (now !== read.of) read = { of: now, globs: now.map((text) => markedGlob(text, home)) }
    return read.globs.find(({ fits }) => fits(path, inside))?.text
  }
  const insideOf = (path: string, workspace: string): string => {
    const own = isBelow(path, workspace) ? workspace : ours().find((folder) => isBelow(path, folder))
    return nameFrom(own ?? workspace, path)
  }
  const holdsKeys = (path: string, inside: string): boolean =>
    NAMES.test(basename(path)) || FOLDERS.test(isOutside(inside) ? path : inside)
  return {
    why(path, workspace) {
      const inside = insideOf(path, workspace)
      const mine = marked(path, inside)
      if (mine !== undefined) return `it is marked private (${mine})`
      if (holdsKeys(path, inside)) return 'such a file holds keys or passwords'
      return isOutside(inside) && isBelow(path, home) ? 'it is a file of yours outside the workspace' : undefined
    },
    isPersonal(path, workspace) {
      const inside = insideOf(path, workspace)
      if (marked(path, inside) !== undefined) return true
      return isOutside(inside) && isBelow(path, home) && !holdsKeys(path, inside)
    },
    whyPattern(pattern, workspace) {
      const name = basename(pattern)
      if (!/^[*?]/.test(name) && mayHoldKeys(name)) return 'it may stand for a file with keys'
      const folder = pattern.slice(0, pattern.search(/[*?[{]/)).replace(/[^/]*$/, '')
      const path = placeIn(workspace, folder === '' ? '.' : folder)
      if (isBelow(path, home) && !isBelow(path, workspace)) return 'it is a folder of yours outside the workspace'
      return undefined
    },
  }
}

interface MarkedGlob {
  text: string
  /** @param inside the path as it is called from the workspace */
  fits(path: string, inside: string): boolean
}

/** What is marked leaves no gap: hidden files are meant, too, and the folder itself; a mark that cannot be read means every file. */
function markedGlob(text: string, home: string): MarkedGlob {
  const full = text.startsWith('~/') ? resolve(home, text.slice(2)) : text
  try {
    return readMark(text, full)
  } catch {
    return { text, fits: () => true }
  }
}

function readMark(text: string, full: string): MarkedGlob {
  const glob = globOf(full)
  if (full.startsWith('/')) return { text, fits: (path) => glob.fits(path, true) }
  const anywhere = globOf(`**/${full}`)
  return { text, fits: (path, inside) => glob.fits(inside, true) || anywhere.fits(path, true) }
}

/** Whether a pattern may stand for a file with keys; one that cannot be read may stand for anything. */
function mayHoldKeys(pattern: string): boolean {
  const known = likely.get(pattern)
  if (known !== undefined) return known
  let may = true
  try {
    const glob = globOf(pattern)
    may = LIKELY.some((name) => glob.fits(name, false))
  } catch {
    // Then nobody knows.
  }
  if (likely.size >= MOST_LIKELY) likely.clear()
  likely.set(pattern, may)
  return may
}

/** What patterns were found to be. */
const likely = new Map<string, boolean>()
const MOST_LIKELY = 500

const isOutside = (inside: string): boolean => inside === '..' || inside.startsWith('../')

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)
