import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import { addAudit } from './audit-tree.ts'
import { addCalendar } from './calendar-tree.ts'
import type { Commands } from './command-set.ts'
import { addHosts } from './hosts-tree.ts'
import { addKnowledge } from './knowledge-tree.ts'
import { addMemory } from './memory-tree.ts'
import { addPolicy } from './policy-tree.ts'
import type { Runs } from './runs.ts'
import { addSandbox, TIERS } from './sandbox-tree.ts'
import { addSecrets } from './secrets-tree.ts'
import { addTerminals } from './terminal-tree.ts'

/** As the contract has them; written out so that `--help` need not load it. */
const MODES = ['ask', 'auto-edit', 'auto']
const SCOPES = ['once', 'session', 'always']
const CAPABILITIES = 'tools, reasoning, image, audio, video, pdf'
const SHELLS = ['bash', 'zsh', 'fish']
const USAGE_BY = ['day', 'month', 'model', 'agent', 'session']

const BUDGET_HELP = `
What it is for:  day, month or total; session or agent (each for itself); session:ID or agent:NAME
Amounts:         20, 2.50, 500k

  oxbow budget set month 20 dollars
  oxbow budget set session 1 dollar
  oxbow budget set agent:writer 500k tokens --per day`

const json = () => new Option('--json', 'print JSON')

const RUN_HELP = `
The text of the answer goes to stdout, everything else to stderr. A question that needs a person is asked at the
terminal; without one it is answered with no.

--json prints one object: { response, sessionId, turnId, status, toolCalls, usage, costUsd, durationMs, exitCode }

Exit codes:
  0    the turn was completed
  1    it failed or was interrupted
  2    wrong use, or wrong settings
  3    completed, but a call was refused by policy or for lack of a person (only with --exit-code; else 0)
  130  cancelled`

/** The command line as commander knows it. @param exit told the exit code of the command that ran */
export function createProgram(commands: Commands, version: string, exit: (code: number) => void): Command {
  const runs: Runs =
    (run) =>
    async (...args) =>
      exit(await run(...(args.slice(0, -1) as Parameters<typeof run>)))
  const program = new Command('oxbow')
    .description('An agent operating system on your own computer')
    .version(version)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'oxbow: ')) })
  addTalking(program, commands, runs)
  addRunning(program, commands, runs)
  addSessions(program, commands, runs)
  addTerminals(program, commands, runs)
  addApprovals(program, commands, runs)
  addPolicy(program, commands, runs, whole)
  addHosts(program, commands, runs, whole)
  addSecrets(program, commands, runs)
  addSandbox(program, commands, runs)
  addAudit(program, commands, runs)
  addMoney(program, commands, runs)
  addMemory(program, commands, runs)
  addKnowledge(program, commands, runs)
  addCalendar(program, commands, runs)
  addComputer(program, commands, runs)
  return program
}

function addTalking(program: Command, commands: Commands, runs: Runs): void {
  const onSession = (command: Command): Command =>
    command
      .option('--session <id>', 'go on in this session')
      .option('--model <model>', 'provider/model, for example offline/guide')
      .addOption(new Option('--mode <mode>', 'how much the agent may do without asking').choices(MODES))
      .option('--workspace <dir>', 'the folder the agent works in (default: the current one)')
      .addOption(new Option('--sandbox <tier>', 'the isolation its commands run in; host is none at all').choices(TIERS))
      .option('--space <name>', 'whose memories it learns and recalls (default: main)')
  onSession(program.command('run'))
    .description('give an agent one task, and print its answer')
    .argument('<prompt...>', 'the task, in your words')
    .addOption(json())
    .option('--context-file <file>', 'hand in a text file beside the task; - reads stdin (repeatable)', collect)
    .option('--attach <file>', 'hand in a picture, a recording, a PDF or another document (repeatable)', collect)
    .option('--exit-code', 'exit with 3 when a call was refused')
    .addHelpText('after', RUN_HELP)
    .action(runs(commands.run))
  onSession(program.command('chat')).description('talk to an agent in the terminal').action(runs(commands.chat))
}

function addRunning(program: Command, commands: Commands, runs: Runs): void {
  program
    .command('serve')
    .description('run Oxbow in the foreground, for browsers, scripts and other commands')
    .option('--port <port>', 'the port (default: gateway.port; the next free one if taken)', port)
    .option('--host <host>', 'the address (default: gateway.host)')
    .action(runs(commands.serve))
  program
    .command('status')
    .description('say what runs')
    .addOption(json())
    .option('--link', 'print a one-time link for a browser')
    .action(runs(commands.status))
  program.command('stop').description('stop the running Oxbow').action(runs(commands.stop))
}

function addSessions(program: Command, commands: Commands, runs: Runs): void {
  const sessions = program
    .command('sessions')
    .description('list sessions')
    .addOption(json())
    .option('--search <text>', 'only those with this in the title')
    .option('--archived', 'the archived ones')
    .action(runs(commands.sessions.list))
  sessions
    .command('rename')
    .description('rename a session')
    .argument('<id>')
    .argument('<title...>')
    .action(runs(commands.sessions.rename))
  sessions
    .command('archive')
    .description('archive a session')
    .argument('<id>')
    .option('--undo', 'bring it back')
    .action(runs(commands.sessions.archive))
  sessions
    .command('space')
    .description('put a session into a space: whose memories it learns and recalls')
    .argument('<id>')
    .argument('<space>', 'main, or another')
    .action(runs(commands.sessions.space))
}

function addApprovals(program: Command, commands: Commands, runs: Runs): void {
  const approvals = program.command('approvals').description('questions that wait for a person, and standing answers')
  approvals
    .command('list', { isDefault: true })
    .description('every question that waits, with all that a yes allows')
    .addOption(json())
    .action(runs(commands.approvals.list))
  approvals
    .command('answer')
    .description('answer a question')
    .argument('<id>')
    .addArgument(new Argument('<answer>').choices(['yes', 'no']))
    .addOption(new Option('--scope <scope>', 'how long a yes holds').choices(SCOPES).default('once'))
    .option('--rules', 'with --scope always: save the rules that the list shows, in place of a yes to this very call')
    .option('--note <text>', 'goes back to the model')
    .action(runs(commands.approvals.answer))
  approvals
    .command('grants')
    .description('list what was allowed for always')
    .addOption(json())
    .action(runs(commands.approvals.grants))
  approvals
    .command('revoke')
    .description('take an always back')
    .addArgument(new Argument('<number>', 'from `approvals grants`').argParser(whole))
    .action(runs(commands.approvals.revoke))
}

function addMoney(program: Command, commands: Commands, runs: Runs): void {
  program
    .command('usage')
    .description('what model calls used and cost')
    .addOption(new Option('--by <what>', 'what to add up by').choices(USAGE_BY).default('day'))
    .option('--from <day>', 'the first day, for example 2026-11-01')
    .option('--to <day>', 'the last day')
    .addOption(json())
    .option('--csv', 'print every call as CSV')
    .action(runs(commands.usage))
  const budget = program.command('budget').description('bounds on what model calls may use')
  budget
    .command('list', { isDefault: true })
    .description('every budget and how it stands')
    .addOption(json())
    .action(runs(commands.budget.list))
  budget
    .command('set')
    .description('set a budget')
    .argument('<what>', 'what it is for')
    .argument('<amount>')
    .argument('<unit>', 'dollars, tokens or calls')
    .addOption(new Option('--per <period>', 'begin anew each day or month (agents and sessions)').choices(['day', 'month']))
    .addOption(
      new Option('--unpriced <way>', 'calls of unknown price, for a budget in dollars')
        .choices(['refuse', 'allow'])
        .default('refuse'),
    )
    .addHelpText('after', BUDGET_HELP)
    .action(runs(commands.budget.set))
  budget
    .command('reset')
    .description('count a budget from zero again')
    .argument('<id>', 'from `budget list`')
    .action(runs(commands.budget.reset))
  budget
    .command('remove')
    .description('remove a budget')
    .argument('<id>', 'from `budget list`')
    .action(runs(commands.budget.remove))
}

function addProviders(program: Command, commands: Commands, runs: Runs): void {
  const providers = program.command('providers').description('who serves models: add one with its key, test it, remove it')
  providers
    .command('list', { isDefault: true })
    .description('list providers and whether they can be called')
    .addOption(json())
    .action(runs(commands.providers.list))
  providers
    .command('add')
    .description('add a provider, or change one; its key is asked for, or read from stdin')
    .argument('<id>', 'for example openai, or a name of your own')
    .option('--base-url <url>', 'where it is; known for most providers')
    .option('--type <type>', 'the wire format it speaks (default: openai)')
    .option('--model <model>', 'a model it has (repeatable)', collect)
    .option('--no-key', 'do not ask for a key')
    .action(runs(commands.providers.add))
  providers
    .command('test')
    .description('try whether a provider answers: one tiny call')
    .argument('<id>')
    .option('--model <model>', 'the model to ask')
    .action(runs(commands.providers.test))
  providers
    .command('remove')
    .description("remove a provider's key and settings")
    .argument('<id>')
    .action(runs(commands.providers.remove))
}

function addComputer(program: Command, commands: Commands, runs: Runs): void {
  program
    .command('models')
    .description('list models; the default is marked with *')
    .addOption(json())
    .option('--refresh', 'fetch the newest catalogue first')
    .option('--health', 'say how the models called so far are doing')
    .option('--provider <provider>', 'only those of this provider')
    .option('--capability <list>', `only those that can do this: ${CAPABILITIES}; several with commas between them`)
    .option('--search <words>', 'only those with these words in the name')
    .action(runs(commands.models))
  addProviders(program, commands, runs)
  program
    .command('doctor')
    .description('check this computer and say how to mend it')
    .addOption(json())
    .action(runs(commands.doctor))
  const config = program.command('config').description('settings')
  config.command('show').description('every setting and where it comes from').addOption(json()).action(runs(commands.config.show))
  config.command('get').description('print one setting').argument('<key>').action(runs(commands.config.get))
  config
    .command('set')
    .description("change a setting in Oxbow's home")
    .argument('<key>', 'for example models.default')
    .argument('<value>', 'a word, a number, true, false or a list such as ["a", "b"]')
    .action(runs(commands.config.set))
  config.command('unset').description("remove a setting from Oxbow's home").argument('<key>').action(runs(commands.config.unset))
  config.command('path').description('print where the settings are').action(runs(commands.config.path))
  program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', '\nbash, zsh: eval "$(oxbow completion bash)"   fish: oxbow completion fish | source')
    .action(runs(commands.completion))
}

const collect = (value: string, before: string[] = []): string[] => [...before, value]

function whole(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('Expected a whole number.')
  return Number(value)
}

function port(value: string): number {
  const number = whole(value)
  if (number > 65_535) throw new InvalidArgumentError('Expected a port from 0 to 65535.')
  return number
}
