import { isAbsolute, join, relative } from 'node:path'
import { isTidy } from '../foundation/index.ts'

/** What of a person's home holds secrets: keys, tokens, cookies, histories. Relative to it. */
const SECRETS_OF_HOME = [
  ...['.ssh', '.aws', '.gnupg', '.azure', '.kube', '.docker', '.password-store', '.netrc', '_netrc', '.npmrc', '.yarnrc.yml'],
  ...['.pypirc', '.git-credentials', '.pgpass', '.my.cnf', '.vault-token', '.config/gcloud', '.config/gh', '.config/glab-cli'],
  ...['.config/hub', '.config/op', '.config/git/credentials', '.config/containers/auth.json', '.config/rclone', '.config/doctl'],
  ...[
    '.cargo/credentials',
    '.cargo/credentials.toml',
    '.gem/credentials',
    '.terraform.d',
    '.m2/settings.xml',
    '.gradle/gradle.properties',
  ],
  ...[
    '.claude',
    '.claude.json',
    '.codex',
    '.gemini',
    '.local/share/keyrings',
    '.local/share/opencode/auth.json',
    '.bash_history',
  ],
  ...[
    '.zsh_history',
    '.python_history',
    '.node_repl_history',
    '.config/google-chrome',
    '.config/chromium',
    '.config/BraveSoftware',
  ],
  ...['.config/microsoft-edge', '.config/vivaldi', '.config/opera', '.mozilla', '.thunderbird', 'snap/firefox', 'snap/chromium'],
  ...['.var/app/org.mozilla.firefox', '.var/app/com.google.Chrome', '.electrum', '.bitcoin', '.ethereum'],
  ...['Library/Keychains', 'Library/Cookies', 'Library/Safari', 'Library/Mail', 'Library/Messages'],
  ...['Library/Application Support/Google/Chrome', 'Library/Application Support/Chromium', 'Library/Application Support/Firefox'],
  ...[
    'Library/Application Support/BraveSoftware',
    'Library/Application Support/Microsoft Edge',
    'Library/Application Support/Arc',
  ],
]

/** What of the machine only its administrator should see, and the sockets that lead out of a box. */
const SECRETS_OF_SYSTEM = [
  ...[
    '/etc/shadow',
    '/etc/shadow-',
    '/etc/gshadow',
    '/etc/gshadow-',
    '/etc/sudoers',
    '/etc/sudoers.d',
    '/etc/ssl/private',
    '/etc/oxbow',
  ],
  ...['/run/secrets', '/run/user', '/run/docker.sock', '/run/containerd', '/run/podman', '/run/dbus', '/run/systemd/private'],
]

/** Shells and tools run what stands in these; a workspace's own are read-only. */
export const STARTUP_FILES = [
  '.bashrc',
  '.bash_profile',
  '.bash_login',
  '.profile',
  '.zshrc',
  '.zprofile',
  '.zshenv',
  '.zlogin',
  '.envrc',
]

/** Where nothing may be read, neither by commands nor by file tools. A workspace or temp folder inside one of them is excepted. */
export function unreadable(oxbowHome: string, personHome: string): string[] {
  return [oxbowHome, ...SECRETS_OF_HOME.map((path) => join(personHome, path)), ...SECRETS_OF_SYSTEM]
}

/** Whether `path` is `folder` or lies in it. Both absolute and normal. */
export function isInside(path: string, folder: string): boolean {
  if (path.startsWith('/') && folder.startsWith('/') && isTidy(path) && isTidy(folder))
    return path === folder || path.startsWith(`${folder}/`)
  const way = relative(folder, path)
  return way === '' || (way !== '..' && !way.startsWith('../') && !isAbsolute(way))
}

/** Why a path inside the workspace must not be written, or undefined. Names are compared without case: some disks do so too. */
export function writeProtection(workspace: string, path: string): string | undefined {
  const names = relative(workspace, path).toLowerCase().split('/')
  if (names[0] === '.oxbow') return "holds Oxbow's own settings for this folder"
  if (names.length === 1 && STARTUP_FILES.includes(names[0]!)) return 'is run by shells when they start'
  const git = names.indexOf('.git')
  if (git === -1) return undefined
  return git === names.length - 1 ? 'is the repository itself' : gitProtection(names.slice(git + 1).join('/'))
}

/** What of git's own folder people write, and git only reads as words. */
const WORDS_FOR_GIT = ['commit_editmsg', 'merge_msg', 'squash_msg', 'tag_editmsg', 'description', 'info/exclude']

/** Why a path must not be written, given from git's own folder, or undefined. */
export function gitProtection(path: string): string | undefined {
  return WORDS_FOR_GIT.includes(path.toLowerCase()) ? undefined : 'belongs to git, which obeys what stands there'
}

/** Whether a file anywhere is run, or decides what is run, when nobody looks: start-up files, settings of a workspace, of git and of editors. */
export function isRunLater(path: string): boolean {
  const names = path.toLowerCase().split('/')
  return names.some((name) => OBEYED_FOLDERS.includes(name)) || STARTUP_FILES.includes(names.at(-1)!)
}

const OBEYED_FOLDERS = ['.git', '.oxbow', '.vscode', '.idea', '.husky', '.github', '.ssh', '.config', '.local']

/** All the environment a command gets. Nothing else of the person's is passed on, secrets least of all. */
export function privateEnvironment(env: NodeJS.ProcessEnv, personHome: string, tmp: string): Record<string, string> {
  const path = (env.PATH ?? '').split(':').filter((folder) => isAbsolute(folder))
  return {
    PATH: path.length > 0 ? path.join(':') : '/usr/local/bin:/usr/bin:/bin',
    HOME: personHome,
    LANG: env.LANG ?? 'C.UTF-8',
    TERM: env.TERM ?? 'dumb',
    USER: env.USER ?? 'user',
    SHELL: '/bin/bash',
    TMPDIR: tmp,
    // Bash runs start-up files for a first shell whose input is a socket; those within are not the first.
    SHLVL: '1',
  }
}
