import { basename, matchesGlob, relative, resolve } from 'node:path'
import { placeIn } from './place.ts'

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
  /** The same for what a shell would expand. */
  whyPattern(pattern: string, workspace: string): string | undefined
}

/**
 * @param globs what the person marked private: `customers/**`, `~/Documents/**`
 * @param home the person's home folder: what lies in it beside the workspace is theirs
 */
export function createPrivatePaths(globs: () => readonly string[], home: string): PrivatePaths {
  const marked = (path: string, workspace: string): string | undefined => {
    const inside = relative(workspace, path)
    return globs().find((glob) => {
      const full = glob.startsWith('~/') ? resolve(home, glob.slice(2)) : glob
      return full.startsWith('/') ? matchesGlob(path, full) : matchesGlob(inside, full) || matchesGlob(path, `**/${full}`)
    })
  }
  return {
    why(path, workspace) {
      const mine = marked(path, workspace)
      if (mine !== undefined) return `it is marked private (${mine})`
      const inside = relative(workspace, path)
      const outside = inside === '..' || inside.startsWith('../')
      if (NAMES.test(basename(path)) || FOLDERS.test(outside ? path : inside)) return 'such a file holds keys or passwords'
      if (outside && isBelow(path, home)) return 'it is a file of yours outside the workspace'
      return undefined
    },
    whyPattern(pattern, workspace) {
      const name = basename(pattern)
      if (!/^[*?]/.test(name) && LIKELY.some((likely) => matchesGlob(likely, name))) return 'it may stand for a file with keys'
      const folder = pattern.slice(0, pattern.search(/[*?[{]/)).replace(/[^/]*$/, '')
      const path = placeIn(workspace, folder === '' ? '.' : folder)
      if (isBelow(path, home) && !isBelow(path, workspace)) return 'it is a folder of yours outside the workspace'
      return undefined
    },
  }
}

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)
