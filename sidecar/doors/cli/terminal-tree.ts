import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Commands } from './command-set.ts'
import type { Runs } from './runs.ts'

const HELP = `
Ctrl-] leaves the terminal and lets it run on, as long as Oxbow runs; --attach goes back to it.
What an agent started can be followed the same way; --take-over lets you type into it.`

/** `oxbow terminal` and `oxbow processes …` */
export function addTerminals(program: Command, commands: Commands, runs: Runs): void {
  const json = (): Option => new Option('--json', 'print JSON')
  program
    .command('terminal')
    .description("a terminal in a session's box")
    .option('--session <id>', 'in the box of this session (default: a new one)')
    .option('--workspace <dir>', 'the folder of a new session (default: the current one)')
    .option('--attach <id>', 'go on with this one, from `oxbow processes`')
    .option('--take-over', 'with --attach: type into what an agent started')
    .addHelpText('after', HELP)
    .action(runs(commands.terminal))
  const processes = program.command('processes').description('terminals, and what agents started in the background')
  processes
    .command('list', { isDefault: true })
    .description('all of them, oldest first')
    .option('--session <id>', 'only of this session')
    .addOption(json())
    .action(runs(commands.processes.list))
  processes
    .command('read')
    .description('what one has printed, as far as it is kept')
    .argument('<id>', 'from `oxbow processes`')
    .addOption(new Option('--from <place>', 'only from this place on').default(0).argParser(whole))
    .option('--follow', 'go on until it ends; Ctrl-C ends the following')
    .action(runs(commands.processes.read))
  processes
    .command('kill')
    .description('end one with all it started, and forget its output')
    .argument('<id>', 'from `oxbow processes`')
    .action(runs(commands.processes.kill))
}

function whole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.')
  return Number(text)
}
