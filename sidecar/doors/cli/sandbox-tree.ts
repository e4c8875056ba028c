import { Argument, type Command, Option } from 'commander'
import type { Commands } from './command-set.ts'
import type { Runs } from './runs.ts'

/** As the contract has them; written out so that `--help` need not load it. */
export const TIERS = ['host', 'process', 'container', 'microvm']

const HELP = `
The strictest of session, workspace (.oxbow/config.toml) and the setting wins. What is missing is refused, never run in less.
host is no isolation at all: only a session can choose it.

  oxbow sandbox set tier container
  oxbow sandbox use microvm --session ses_…
  oxbow run --sandbox container "build it"`

/** `oxbow sandbox …` and `oxbow vault …` */
export function addSandbox(program: Command, commands: Commands, runs: Runs): void {
  const json = (): Option => new Option('--json', 'print JSON')
  const session = (): Option => new Option('--session <id>', 'of this session')
  const sandbox = program.command('sandbox').description('the isolation that commands run in').addHelpText('after', HELP)
  sandbox
    .command('list', { isDefault: true })
    .description('every kind of isolation, whether it is ready here, and what mends it')
    .addOption(session())
    .addOption(json())
    .action(runs(commands.sandbox.list))
  sandbox
    .command('profiles')
    .description('what commands in the sandbox see and reach')
    .addOption(session())
    .addOption(json())
    .action(runs(commands.sandbox.profiles))
  sandbox
    .command('set')
    .description('choose for every session')
    .addArgument(new Argument('<what>').choices(['tier', 'profile']))
    .argument('<value>', 'a tier, a profile, or default')
    .action(runs(commands.sandbox.set))
  sandbox
    .command('use')
    .description('choose for one session')
    .addArgument(new Argument('<tier>').choices([...TIERS, 'default']))
    .requiredOption('--session <id>', 'the session')
    .action(runs(commands.sandbox.use))
  sandbox
    .command('build')
    .description('make what a tier needs on this computer, such as the image of its containers')
    .addArgument(new Argument('[tier]').choices(TIERS).default('container'))
    .action(runs(commands.sandbox.build))
  sandbox
    .command('build-vm')
    .description('make the kernel and root file system of microvms, from packages of this system or what sandbox.microvm names')
    .action(runs(() => commands.sandbox.build('microvm')))
  const vault = program.command('vault').description('your own files, which no agent reads')
  vault
    .command('list', { isDefault: true })
    .description('list a folder of the vault')
    .argument('[path]')
    .addOption(json())
    .action(runs(commands.vault.list))
  vault
    .command('copy')
    .description('give a session a copy of a file or folder')
    .argument('<from>', 'in the vault')
    .requiredOption('--session <id>', 'the session')
    .option('--to <path>', 'where to, as the agent names it (default: its name, in the workspace)')
    .option('--overwrite', 'replace what is there')
    .action(runs(commands.vault.copy))
}
