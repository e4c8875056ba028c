import type { Inner } from './inner.ts'
import type { Word } from './words.ts'

/** Options of programs that have them start something: `name` or `name=value`, and letters. */
const STARTING: Readonly<Record<string, RegExp>> = {
  tar: /^(?:--(?:checkpoint-action|to-command|use-compress-program|info-script|new-volume-script|rsh-command|rmt-command)(?:=(.*))?|-[a-zA-Z]*[IF](.*))$/s,
  rsync: /^(?:--(?:rsh|rsync-path)(?:=(.*))?|-[a-zA-Z]*e(.*))$/s,
  scp: /^(?:-S(.*)|-o ?(?:ProxyCommand|LocalCommand|KnownHostsCommand)=?(.*))$/is,
  sftp: /^(?:-S(.*)|-o ?(?:ProxyCommand|LocalCommand|KnownHostsCommand)=?(.*))$/is,
  ssh: /^(?:-o ?)?(?:ProxyCommand|LocalCommand|KnownHostsCommand)[= ]?(.*)$/is,
  script: /^(?:--command(?:=(.*))?|-[a-zA-Z]*c(.*))$/s,
  su: /^(?:--(?:command|session-command)(?:=(.*))?|-[a-zA-Z]*c(.*))$/s,
  runuser: /^(?:--(?:command|session-command)(?:=(.*))?|-[a-zA-Z]*c(.*))$/s,
  sort: /^--compress-program(?:=(.*))?$/s,
  mapfile: /^-C(.*)$/s,
  readarray: /^-C(.*)$/s,
  compgen: /^-[CF](.*)$/s,
  complete: /^-[CF](.*)$/s,
  bind: /^-x(.*)$/s,
  zip: /^(?:--unzip-command(?:=(.*))?|-TT(.*))$/s,
  man: /^(?:--(?:pager|html)(?:=(.*))?|-[PH](.*))$/s,
  split: /^--filter(?:=(.*))?$/s,
  npm: /^(?:--script-shell|--node-options)(?:=(.*))?$/s,
}
/** Builtins that change what a name stands for. */
const RENAMING: Readonly<Record<string, RegExp>> = {
  hash: /^-[a-z]*p/,
  enable: /^-[a-z]*f/,
  fc: /^-[a-z]*[es]/,
  declare: /^-[a-zA-Z]*n/,
}
/** Commands of sed that run something, and programs of awk that do. */
const SED_RUNS =
  /(?:^|[;{}\n]|[\d$/!])\s*e(?:\s|$)|(?:^|[;{}\n\d$/!\s])s(\W)(?:\\.|(?!\1)[^\\])*\1(?:\\.|(?!\1)[^\\])*\1[gpIimM\d]*e/
const AWK_RUNS = /\bsystem\s*\(|\|\s*&?\s*getline|\bprintf?\b(?:[^;}\n"|]|"(?:\\.|[^"\\])*")*\|(?!\|)/

/** What programs start since an option, or a program of theirs, says so. */
export function startedByOptions(name: string, rest: readonly Word[]): Inner {
  const scripts: Word[] = []
  const starting = Object.hasOwn(STARTING, name) ? STARTING[name] : undefined
  const renaming = Object.hasOwn(RENAMING, name) ? RENAMING[name] : undefined
  rest.forEach((word, at) => {
    if (word === undefined) return
    const found = starting?.exec(word)
    if (found) {
      const value = found.slice(1).find((part) => part !== undefined && part !== '') ?? rest[at + 1]
      scripts.push(name === 'tar' ? value?.replace(/^exec=/, '') : name === 'mapfile' || name === 'readarray' ? undefined : value)
    }
    if (renaming?.test(word)) scripts.push(undefined)
    if (/^g?sed$/.test(name) && SED_RUNS.test(word.replace(/^(?:--expression=|-[nrEsuz]*e?)/, ''))) scripts.push(undefined)
    if (/^[gmn]?awk$/.test(name) && AWK_RUNS.test(word)) scripts.push(undefined)
  })
  return { programs: [], scripts }
}
