import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Commands } from './command-set.ts'
import type { Runs } from './runs.ts'

const HELP = `
Notes are markdown files in a folder (the setting knowledge.folder; by default "knowledge" in Oxbow's home), as Obsidian
has them: front matter, [[links]], #tags. Documents in it (PDF, Word, Excel, PowerPoint, HTML, CSV) get a note beside them.`

/** `oxbow knowledge …` */
export function addKnowledge(program: Command, commands: Commands, runs: Runs): void {
  const knowledge = program.command('knowledge').description('your notes').addHelpText('after', HELP)
  const json = () => new Option('--json', 'print JSON')
  knowledge
    .command('list', { isDefault: true })
    .description('list notes by name')
    .option('--tag <tag>', 'with this tag')
    .addOption(json())
    .action(runs(commands.knowledge.list))
  knowledge
    .command('search')
    .description('find pieces of notes by words and by meaning')
    .argument('<query...>')
    .addOption(new Option('--limit <n>', 'most results').argParser(few))
    .addOption(json())
    .action(runs(commands.knowledge.search))
  knowledge
    .command('show')
    .description('print a note')
    .argument('<note>', 'such as projects/garden.md')
    .addOption(json())
    .action(runs(commands.knowledge.show))
  knowledge
    .command('add')
    .description('add notes and documents; what others wrote is labelled so')
    .argument('<files...>')
    .option('--own', 'you wrote them yourself')
    .action(runs(commands.knowledge.add))
  knowledge
    .command('links')
    .description('what a note links to, and what links to it')
    .argument('<note>')
    .addOption(json())
    .action(runs(commands.knowledge.links))
}

function few(value: string): number {
  const number = Number(value)
  if (!/^\d{1,2}$/.test(value) || number < 1 || number > 50)
    throw new InvalidArgumentError('Expected a whole number from 1 to 50.')
  return number
}
