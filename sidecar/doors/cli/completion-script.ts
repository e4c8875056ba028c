import type { Command } from 'commander'

/** One place in the command line: what may be typed there. */
interface Place {
  /** Names on the way, without the program's own: `sessions rename`. */
  path: string
  words: { word: string; description: string }[]
  /** Fixed values by the option they follow. */
  choices: Map<string, readonly string[]>
  /** Options that take a value we do not know: a file or free text. */
  free: string[]
}

/** The completion script of a shell, from the commands and options that the program itself knows. */
export function completionScript(program: Command, shell: 'bash' | 'zsh' | 'fish'): string {
  const places = placesOf(program, '')
  if (shell === 'fish') return fish(places)
  return shell === 'bash' ? bash(places) : zsh(places)
}

function placesOf(command: Command, path: string): Place[] {
  const help = command.createHelp()
  const subcommands = help.visibleCommands(command).filter((sub) => sub.name() !== 'help')
  const options = help.visibleOptions(command).filter((option) => option.long)
  const values = command.registeredArguments.flatMap((argument) => argument.argChoices ?? [])
  const place: Place = {
    path,
    words: [
      ...subcommands.map((sub) => ({ word: sub.name(), description: sub.description() })),
      ...options.map((option) => ({ word: option.long!, description: option.description })),
      ...values.map((word) => ({ word, description: '' })),
    ],
    choices: new Map(options.flatMap((option) => (option.argChoices ? [[option.long!, option.argChoices] as const] : []))),
    free: options.filter((option) => (option.required || option.optional) && !option.argChoices).map((option) => option.long!),
  }
  return [place, ...subcommands.flatMap((sub) => placesOf(sub, `${path} ${sub.name()}`.trim()))]
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** What bash and zsh share: in which place the line is, and what may stand there. `before`, `previous` are set. */
function cases(places: readonly Place[], offer: (words: string) => string, files: string): string {
  const known = places.filter(({ path }) => path !== '').map(({ path }) => quoted(path))
  const values = places.flatMap(({ path, choices, free }) => [
    ...[...choices].map(([option, words]) => `    ${quoted(`${path}:${option}`)}) ${offer(words.join(' '))}; return ;;`),
    ...free.map((option) => `    ${quoted(`${path}:${option}`)}) ${files}; return ;;`),
  ])
  const words = places.map((place) => `    ${quoted(place.path)}) ${offer(place.words.map(({ word }) => word).join(' '))} ;;`)
  return `  local place="" word
  for word in "\${before[@]}"; do
    case "\${place:+$place }$word" in
      ${known.join('|')}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$place:$previous" in
${values.join('\n')}
  esac
  case "$place" in
${words.join('\n')}
  esac`
}

function bash(places: readonly Place[]): string {
  const offer = (words: string) => `COMPREPLY=($(compgen -W ${quoted(words)} -- "$current"))`
  return `_oxbow() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local before=("\${COMP_WORDS[@]:1:COMP_CWORD-1}")
  COMPREPLY=()
${cases(places, offer, 'COMPREPLY=($(compgen -f -- "$current"))')}
}
complete -o default -F _oxbow oxbow`
}

function zsh(places: readonly Place[]): string {
  return `#compdef oxbow
_oxbow() {
  local previous="\${words[CURRENT-1]}"
  local -a before
  before=("\${(@)words[2,CURRENT-1]}")
${cases(places, (words) => `compadd -- ${words}`, '_files')}
}
compdef _oxbow oxbow`
}

function fish(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, words, choices, free }) => {
    const subs = words.filter(({ word }) => !word.startsWith('--')).map(({ word }) => word)
    const seen = path.split(' ').flatMap((name) => (name === '' ? [] : [`__fish_seen_subcommand_from ${name}`]))
    const none = subs.length > 0 ? [`not __fish_seen_subcommand_from ${subs.join(' ')}`] : []
    const start = `complete -c oxbow -n ${quoted([...seen, ...none].join('; and ') || 'true')}`
    return words.map(({ word, description }) => {
      const about = description === '' ? '' : ` -d ${quoted(description)}`
      if (!word.startsWith('--')) return `${start} -f -a ${word}${about}`
      const values = choices.get(word)
      const follows = values ? ` -x -a ${quoted(values.join(' '))}` : free.includes(word) ? ' -r' : ' -f'
      return `${start} -l ${word.slice(2)}${follows}${about}`
    })
  })
  return lines.join('\n')
}
