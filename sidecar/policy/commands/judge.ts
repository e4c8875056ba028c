import { basename } from 'node:path'
import { collect, type Program } from './collect.ts'
import { dangers } from './dangers.ts'
import { type Node, parseShell } from './grammar.ts'
import { type Ground, go, isLinear, OWN } from './ground.ts'
import { hiddenCode } from './hidden-code.ts'
import { isPlain } from './plain.ts'
import { mendRedirections } from './redirected.ts'
import { unwrap } from './unwrap.ts'
import { type Assignment, assignments, decides } from './variables.ts'
import { isFound } from './walks.ts'
import type { Known, Word } from './words.ts'
import { written } from './written.ts'

/** A program that a line starts, with its words. */
export interface Started {
  name: string
  words: readonly Word[]
  /** Files it is told to read by `<`. */
  reads: readonly Word[]
}

/** What a command line would do, as far as reading it tells. */
export interface Judgement {
  /** Every program it starts, in the order they stand; those inside others too. By name, and by path where it is none of the system's. */
  programs: string[]
  /** The same, each with its words. */
  started: Started[]
  /** Every word of theirs that is known before, with the files they are told to read and write; programs by their path alone. */
  words: string[]
  /** Those of them that are files it is told to write. */
  writes: string[]
  /** Whether there are words that only running it would tell. */
  blind: boolean
  /** What is dangerous about it, in plain words. */
  dangers: string[]
  /** Why it cannot be told what it does; undefined where it can. */
  unclear: string | undefined
  /** Whether it shows names and numbers alone, for sure. */
  plain: boolean
}

/** Shell text within shell text within …: nobody writes more. */
const MOST_NESTED = 6
/** Programs in one line. */
const MOST_PROGRAMS = 500

/** Where programs of the system lie: their path says no more than their name. */
const SYSTEM = /^\/(?:usr\/(?:local\/)?s?bin|s?bin|opt\/homebrew\/bin)\/[^/]+$/
/** A script that another one holds, and where it runs. */
interface Script {
  text: string
  depth: number
  at: string | undefined
}

/**
 * Judges a command line by its effect: every program in pipes, lists, substitutions, here-documents, and inside `env`, `xargs`,
 * `find -exec`, `sh -c`, `sudo` and their like. What cannot be read is unclear, never harmless.
 * @param options.home the person's home, which `~` stands for
 */
export async function judgeCommand(command: string, options: { workspace: string; home: string }): Promise<Judgement> {
  const judgement: Judgement = { ...UNJUDGED, programs: [], started: [], words: [], writes: [], dangers: [] }
  const scripts: Script[] = [{ text: command, depth: 0, at: options.workspace }]
  for (let script = scripts.pop(); script && !judgement.unclear; script = scripts.pop()) {
    const parsed = await parseShell(script.text)
    if (!parsed) judgement.unclear = 'it is too long, too deeply nested or too hard to be read'
    else judgeScript(parsed.root, mendRedirections(parsed.root) && parsed.whole, script)
  }
  return { ...judgement, dangers: [...new Set(judgement.dangers)], plain: judgement.plain && judgement.unclear === undefined }

  function judgeScript(root: Node, whole: boolean, script: Script): void {
    const set = assignments(root, new Map())
    const known = knownIn(root, set, { ...options, at: script.at })
    const found = collect(root, whole, known)
    judgement.plain = script.depth === 0 && isPlain(root)
    judgement.unclear = found.unclear ?? hiddenCode(root, known)
    judgement.words.push(...found.others)
    judgement.dangers.push(...set.flatMap((one) => decides(one) ?? []))
    judgeAll(found.programs.reverse(), script, isLinear(allIn(root)))
  }

  function judgeAll(waiting: Program[], { depth, at }: Script, linear: boolean): void {
    const ground: Ground = { workspace: options.workspace, at }
    for (let program = waiting.pop(); program && !judgement.unclear; program = waiting.pop()) {
      const [first, ...words] = program.words
      if (first === undefined && program.words.length > 0) {
        judgement.unclear = 'only running it would tell which program it starts'
        return
      }
      if (judgement.programs.length >= MOST_PROGRAMS) {
        judgement.unclear = 'it starts too many programs to be read'
        return
      }
      const name = basename(first ?? ':')
      judgement.programs.push(first?.includes('/') && !SYSTEM.test(first) ? first : name)
      judgement.started.push({ name, words, reads: program.reads })
      // What is found by its name alone lies with the system, not here.
      const own = first?.includes('/') ? [first] : []
      for (const word of [...own, ...words, ...program.writes, ...program.reads]) {
        if (word === undefined) judgement.blind = true
        else if (!isFound(word, name, words)) judgement.words.push(word)
      }
      judgement.writes.push(...written(name, words, program))
      for (const danger of dangers) {
        const said = danger(name, words, program, ground)
        if (said) judgement.dangers.push(said)
      }
      if (/^(?:cd|pushd|popd)$/.test(name)) go(ground, name, words, linear)
      const inner = unwrap(program)
      waiting.push(...inner.programs.reverse())
      judgement.dangers.push(...(inner.dangers ?? []))
      for (const script of inner.scripts) addScript(script, name, { depth: depth + 1, at: ground.at })
    }
  }

  function addScript(text: Word, name: string, { depth, at }: Omit<Script, 'text'>): void {
    if (text === undefined) judgement.unclear = `only running it would tell what ${name} is given to run`
    else if (depth > MOST_NESTED) judgement.unclear = 'it is too deeply nested to be read'
    else scripts.push({ text, depth, at })
  }
}

/** A line that nobody has judged yet. */
const UNJUDGED = { blind: false, unclear: undefined, plain: false }

/** The variables that are known in a script: none that it sets, and the folder it is in only where it goes to no other. */
function knownIn(
  root: Node,
  set: readonly Assignment[],
  { home, workspace, at }: { home: string; workspace: string; at: string | undefined },
): Known {
  const known = new Map([['HOME', home]])
  if (!workspace.startsWith(`${OWN}/`)) known.set('TMPDIR', OWN)
  if (at !== undefined && !allIn(root).some(goes)) known.set('PWD', at)
  for (const { name } of set) known.delete(name)
  return known
}

/** Whether it is the word `cd` or one of its kind, of its own or behind `builtin`. */
const goes = ({ type, text }: Node): boolean =>
  type !== 'string_content' && /^(?:cd|pushd|popd)$/.test(text.replaceAll(/['"\\]/g, ''))

/** Every node of a script, marks included. */
function allIn(root: Node): Node[] {
  const all = [root]
  for (const node of all) all.push(...node.children)
  return all
}
