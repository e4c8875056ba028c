import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { MEMORY_TYPES, PROTECTIONS, QUESTION_ANSWERS } from '../../contract/index.ts'
import type { Commands } from './command-set.ts'
import type { Runs } from './runs.ts'

const IMPORT_HELP = `
Each line of FILE is one object; only "text" is needed:
  {"id": "…", "space": "…", "session": "…", "at": "8 May 2023", "speaker": "…", "text": "…", "type": "fact", "tags": ["…"]}
Of a note (.md) each section is a memory, of a list each item; .json is what mem0 exports.
An id from elsewhere is kept as externalId. A line whose id is known in its space replaces that memory.`

const SEARCH_HELP = `
--queries FILE reads one {"query": "…", "space": "…"} a line and, with --json, prints one object a line in the same order:
  { query, results: [{ id, externalId, sessionId, score, why }], ms }`

export function addMemory(program: Command, commands: Commands, runs: Runs): void {
  const memory = program.command('memory').description('what Oxbow remembers')
  addReading(memory, commands, runs)
  addWriting(memory, commands, runs)
  addLearning(memory, commands, runs)
  addDreams(memory, commands, runs)
  addFiles(memory, commands, runs)
}

const MEMORY_TIERS = ['hot', 'warm', 'cold'] as const
const json = () => new Option('--json', 'print JSON')
const type = () => new Option('--type <type>', 'of this kind').choices(MEMORY_TYPES)
const filtered = (command: Command): Command =>
  command
    .addOption(json())
    .option('--space <space>', 'within this space')
    .addOption(type())
    .option('--tag <tag>', 'with this tag (repeatable: one of them)', collect)
    .addOption(new Option('--limit <n>', 'most results').argParser(whole))

function addReading(memory: Command, commands: Commands, runs: Runs): void {
  filtered(memory.command('list', { isDefault: true }))
    .description('list memories, newest first')
    .option('--pinned', 'only pinned ones')
    .addOption(new Option('--tier <tier>', 'held so well').choices(MEMORY_TIERS))
    .action(runs(commands.memory.list))
  filtered(memory.command('search'))
    .description('find memories, and say why each was found')
    .argument('[query...]', 'what to look for; phrases in "quotes" must be there')
    .option('--queries <file>', 'many queries, one JSON object a line; - reads stdin')
    .option('--as-of <time>', 'what was held true then, for example "March 2026"')
    .option('--episodes', 'all that was said, read and given back by tools, as places in conversations')
    .addHelpText('after', SEARCH_HELP)
    .action(runs(commands.memory.search))
  memory
    .command('history')
    .description('a memory and its past versions')
    .argument('<id>')
    .addOption(json())
    .action(runs(commands.memory.history))
  memory
    .command('show')
    .description('one memory: what it says, where it came from, and how well it is held')
    .argument('<id>')
    .addOption(json())
    .action(runs(commands.memory.show))
  memory
    .command('stats')
    .description('how many there are, of what, how they fade, and what finds them')
    .addOption(json())
    .action(runs(commands.memory.stats))
}

function addWriting(memory: Command, commands: Commands, runs: Runs): void {
  const fields = (command: Command): Command =>
    command
      .addOption(type())
      .option('--tag <tag>', 'a tag (repeatable)', collect)
      .addOption(new Option('--importance <n>', 'from 0 to 1').argParser(share))
      .addOption(new Option('--protection <level>', 'against tidying').choices(PROTECTIONS))
      .option('--pin', 'keep it in view of every agent')
      .option('--since <time>', 'when it began to hold (default: now)')
      .addOption(json())
  fields(memory.command('add'))
    .description('save a memory')
    .argument('<text...>')
    .option('--space <space>', 'in this space (default: main)')
    .action(runs(commands.memory.add))
  fields(memory.command('edit'))
    .description('change a memory; the old text stays as a past version')
    .argument('<id>')
    .argument('[text...]', 'the new text')
    .option('--no-pin', 'take the pin off')
    .action(runs(commands.memory.edit))
  memory
    .command('merge')
    .description('let memories become one; the others stay as its past versions, and `memory undo` takes it back')
    .argument('<ids...>', 'two or more of one space')
    .option('--text <text>', 'what it shall say (default: what they say together)')
    .option('--dry-run', 'only show the text that is proposed')
    .addOption(json())
    .action(runs(commands.memory.merge))
  memory
    .command('forget')
    .description('remove memories for good, with their past versions')
    .argument('[ids...]')
    .option('--query <words>', 'those with all of these words')
    .option('--space <space>', 'those of this space')
    .option('--from <time>', 'those from then on')
    .option('--to <time>', 'those before then')
    .option('--dry-run', 'only say how many')
    .option('--yes', 'do it without asking, where no ids are given')
    .action(runs(commands.memory.forget))
}

function addLearning(memory: Command, commands: Commands, runs: Runs): void {
  memory
    .command('learn')
    .description('learn from what was said and is not learned from yet')
    .addOption(json())
    .action(runs(commands.memory.learn))
  memory
    .command('questions')
    .description('what only you can decide: what strangers may have written, and what contradicts a memory')
    .option('--space <space>', 'within this space')
    .addOption(json())
    .action(runs(commands.memory.questions))
  memory
    .command('answer')
    .description('answer a question')
    .argument('<id>')
    .addArgument(
      new Argument('<answer>', 'keep it, let it replace the memory it is about, or discard it').choices(QUESTION_ANSWERS),
    )
    .action(runs(commands.memory.answer))
}

function addDreams(memory: Command, commands: Commands, runs: Runs): void {
  memory
    .command('dream')
    .description('put memory in order: merge what repeats, resolve contradictions, sum up, let fade, remove secrets')
    .option('--report', 'tell every change')
    .addOption(new Option('--minutes <n>', 'pause after so many; it goes on the next time').argParser(whole))
    .addOption(json())
    .action(runs(commands.memory.dream))
  memory
    .command('dreams')
    .description('what dreams found and did; with an id, every change')
    .argument('[id]')
    .addOption(json())
    .action(runs(commands.memory.dreams))
  memory
    .command('digests')
    .description('what days, weeks, months and all were summed up in; with an id, what that was made of')
    .argument('[id]')
    .option('--space <space>', 'within this space')
    .addOption(json())
    .action(runs(commands.memory.digests))
  memory
    .command('undo')
    .description('take back what a dream changed')
    .argument('<dream>')
    .argument('[changes...]', 'their numbers (default: all)')
    .action(runs(commands.memory.undo))
}

function addFiles(memory: Command, commands: Commands, runs: Runs): void {
  memory
    .command('import')
    .description('save memories from JSON lines, notes in markdown or an export of mem0')
    .argument('<file>', 'a .jsonl, .md or .json file, or a folder of notes; - reads JSON lines from stdin')
    .option('--space <space>', 'of lines that name none (default: main)')
    .addHelpText('after', IMPORT_HELP)
    .action(runs(commands.memory.import))
  memory
    .command('export')
    .description('write memories as JSON lines that an import reads')
    .argument('[file]', 'a path (default: stdout)')
    .option('--space <space>', 'of this space only')
    .action(runs(commands.memory.export))
  memory
    .command('embedder')
    .description('show or choose what turns memories into vectors')
    .argument('[choice]', 'bundled, hashing, folder:/path, model:name (downloaded where it is missing) or endpoint:model')
    .option('--url <url>', 'of an endpoint: its address, such as http://127.0.0.1:11434/v1')
    .option('--key-of <provider>', 'of an endpoint: the provider whose key is sent')
    .addOption(json())
    .action(runs(commands.memory.embedder))
  memory.command('reindex').description('make the index anew').action(runs(commands.memory.reindex))
}

const collect = (value: string, before: string[] = []): string[] => [...before, value]

function whole(value: string): number {
  const number = Number(value)
  if (!/^\d{1,3}$/.test(value) || number < 1) throw new InvalidArgumentError('Expected a whole number from 1 to 999.')
  return number
}

function share(value: string): number {
  const number = Number(value)
  if (value.trim() === '' || !(number >= 0 && number <= 1)) throw new InvalidArgumentError('Expected a number from 0 to 1.')
  return number
}
