import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Commands } from './command-set.ts'
import type { Runs } from './runs.ts'

const HELP = `
  oxbow audit list --decision deny --since 7d
  oxbow audit export record.jsonl      then, on any computer:
  oxbow audit verify record.jsonl --key <what "oxbow audit verify" prints here>`

const VERIFY_HELP = `
Without a file it verifies the record of this Oxbow. With one it needs no Oxbow beside this program: who knows the key from
elsewhere hands it in, and with it checkpoints that were kept apart (keys/audit-checkpoints.jsonl of an Oxbow's home).
A git witness hands out its file with: git show oxbow-audit:oxbow-<home>-checkpoints.jsonl

Exit codes: 0 nothing was changed, 1 something was, 2 this is no export`

/** `oxbow audit …` */
export function addAudit(program: Command, commands: Commands, runs: Runs): void {
  const json = (): Option => new Option('--json', 'print JSON')
  const filtered = (command: Command): Command =>
    command
      .option('--session <id>', 'only of this session')
      .option('--agent <name>', 'only of this agent')
      .option('--tool <tool>', 'only of this tool')
      .option('--kind <kind>', 'only of this kind: decision, approval, toolCall, toolResult, modelCall, …')
      .addOption(new Option('--decision <decision>', 'only where this was decided').choices(['allow', 'ask', 'deny']))
      .option('--since <when>', 'from then on: 2026-11-20, 2026-11-20T08:00:00Z, 30m, 2h, 7d')
      .option('--until <when>', 'up to then')
  const audit = program.command('audit').description('the record of what happened, and its proof').addHelpText('after', HELP)
  filtered(audit.command('list', { isDefault: true }))
    .description('the newest entries, oldest first')
    .addOption(new Option('--limit <number>', 'how many').default(50).argParser(whole))
    .option('--follow', 'go on with what happens; Ctrl-C ends it')
    .addOption(json())
    .action(runs(commands.audit.list))
  audit
    .command('show')
    .description('one entry with all it holds')
    .argument('<number>', 'its place, from `audit list`', whole)
    .addOption(json())
    .action(runs(commands.audit.show))
  audit
    .command('verify')
    .description('compute everything anew and say whether anything was changed')
    .argument('[file]', 'an export; - reads stdin')
    .option('--key <key>', 'the key that must have signed it')
    .option('--against <file>', 'checkpoints that were kept apart')
    .addOption(json())
    .addHelpText('after', VERIFY_HELP)
    .action(runs(commands.audit.verify))
  filtered(audit.command('export'))
    .description('write the record, or a part of it, with its proofs')
    .argument('[file]', 'where to (default: stdout)')
    .action(runs(commands.audit.export))
  audit
    .command('prove')
    .description('prove one entry, or with --since that the record only grew')
    .argument('[number]', 'the place of the entry', whole)
    .option('--since <size>', 'how many entries there were', whole)
    .action(runs(commands.audit.prove))
  audit
    .command('seal')
    .description('move the text of old entries into sealed files; all proofs still hold')
    .requiredOption('--older-than <days>', 'how old', whole)
    .addOption(json())
    .action(runs(commands.audit.seal))
}

function whole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.')
  return Number(text)
}
