import { Argument, type Command, Option } from 'commander'
import type { Commands } from './command-set.ts'
import type { Runs } from './runs.ts'

const HELP = `
A host alone stands for the web (ports 80 and 443). Other ports, and services on this computer or its networks, are named
with their port. Methods before a host are the only ones that are let out to it.

  oxbow hosts allow example.com
  oxbow hosts allow '*.example.com' --workspace
  oxbow hosts allow localhost:11434
  oxbow hosts allow 'GET,HEAD api.example.com'`

/** `oxbow hosts …` */
export function addHosts(program: Command, commands: Commands, runs: Runs, whole: (text: string) => number): void {
  const hosts = program.command('hosts').description('what agents may reach outside').addHelpText('after', HELP)
  hosts
    .command('list', { isDefault: true })
    .description('every host that is allowed')
    .addOption(new Option('--json', 'print JSON'))
    .action(runs(commands.hosts.list))
  hosts
    .command('allow')
    .description('let agents reach a host')
    .argument('<host>')
    .option('--workspace [dir]', 'only in this folder (default: the current one)')
    .option('--session <id>', 'only in this session')
    .action(runs(commands.hosts.allow))
  hosts
    .command('remove')
    .description('let agents reach a host no longer')
    .addArgument(new Argument('<number>', 'from `hosts list`').argParser(whole))
    .action(runs(commands.hosts.remove))
}
