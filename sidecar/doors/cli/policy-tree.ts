import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
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
  about(policy.command('add').description('add a rule').addArgument(effect('<effect>'))).action(runs(commands.policy.add))
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
    .option('--workspace <dir>', "the folder the agent works in (default: the session's, else the current one)")
    .option('--session <id>', 'in this session: with what was allowed for it, and with its labels')
    .addOption(new Option('--mode <mode>', 'how much the agent may do without asking').choices(['ask', 'auto-edit', 'auto']))
    .addOption(json())
    .action(runs(commands.policy.explain))
  about(
    policy
      .command('simulate')
      .description('say what a new rule, one less, or another role would have answered to the calls of the past days')
      .addArgument(effect('[effect]')),
  )
    .option('--remove <number>', 'without this rule (repeatable)', (text: string, all: number[] = []) => [...all, whole(text)])
    .addOption(new Option('--role <role>', 'if agents had this role').choices(['reader', 'worker', 'operator', 'owner']))
    .addOption(new Option('--days <days>', 'how far back').argParser(whole).default(7))
    .addOption(json())
    .action(runs(commands.policy.simulate))
  addTaint(program, commands, runs)
}

const effect = (name: string): Argument => new Argument(name).choices(['allow', 'ask', 'deny'])

/** What a rule is about. */
function about(command: Command): Command {
  return command
    .option('--tool <pattern>', 'a tool: write, exec')
    .option('--program <pattern>', 'a program that commands start')
    .option('--path <pattern>', 'a file, relative to the workspace')
    .option('--host <pattern>', 'a host it goes to: *.example.com')
    .option('--workspace <pattern>', 'the folder an agent works in')
    .option('--session <pattern>', 'one session')
    .option('--space <pattern>', 'the space of a session')
    .option('--reason <text>', 'shown when it decides')
}

/** `oxbow taint …` */
function addTaint(program: Command, commands: Commands, runs: Runs): void {
  const json = (): Option => new Option('--json', 'print JSON')
  const taint = program.command('taint').description('words from outside and what is private: where they are, and to clear them')
  taint
    .command('list')
    .description('what clings to a session')
    .argument('<session>')
    .addOption(json())
    .action(runs(commands.taint.list))
  taint
    .command('clear')
    .description('say that the labels of a session do not hold')
    .argument('<session>')
    .addOption(new Option('--label <label>', 'only this one').choices(['untrusted', 'private']))
    .action(runs(commands.taint.clear))
  taint.command('files').description('files that agents wrote with labels').addOption(json()).action(runs(commands.taint.files))
  taint
    .command('trust')
    .description('take the labels from a file, or from a folder and all in it')
    .argument('<path>')
    .action(runs(commands.taint.trust))
}
