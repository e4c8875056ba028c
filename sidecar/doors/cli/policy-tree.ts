import { Argument, type Command, Option } from 'commander'
import type { Commands } from './command-set.ts'
import type { Runs } from './runs.ts'

const HELP = `
Patterns are file patterns: * within a name, ** over folders. A deny wins, then the rule that names a call most closely.

  oxbow policy add allow --program git
  oxbow policy add deny --path '**/.env' --reason 'secrets stay here'
  oxbow policy explain "git log && rm -rf /"`

/** `oxbow policy …` */
export function addPolicy(program: Command, commands: Commands, runs: Runs, whole: (text: string) => number): void {
  const json = (): Option => new Option('--json', 'print JSON')
  const policy = program.command('policy').description('rules of what agents may do').addHelpText('after', HELP)
  policy
    .command('list', { isDefault: true })
    .description('every rule, and those of the current folder')
    .addOption(json())
    .action(runs(commands.policy.list))
  policy
    .command('add')
    .description('add a rule')
    .addArgument(new Argument('<effect>').choices(['allow', 'ask', 'deny']))
    .option('--tool <pattern>', 'a tool: write, exec')
    .option('--program <pattern>', 'a program that commands start')
    .option('--path <pattern>', 'a file, relative to the workspace')
    .option('--workspace <pattern>', 'the folder an agent works in')
    .option('--reason <text>', 'shown when it decides')
    .action(runs(commands.policy.add))
  policy
    .command('remove')
    .description('remove a rule')
    .addArgument(new Argument('<number>', 'from `policy list`').argParser(whole))
    .action(runs(commands.policy.remove))
  policy
    .command('explain')
    .description('say what would be answered to a command, and why; nothing runs')
    .argument('[command...]')
    .option('--tool <tool>', 'another tool than exec')
    .option('--args <json>', 'its arguments')
    .option('--workspace <dir>', 'the folder the agent works in (default: the current one)')
    .addOption(new Option('--mode <mode>', 'how much the agent may do without asking').choices(['ask', 'auto-edit', 'auto']))
    .addOption(json())
    .action(runs(commands.policy.explain))
}
