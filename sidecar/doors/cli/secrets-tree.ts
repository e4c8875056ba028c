import { type Command, Option } from 'commander'
import type { Commands } from './command-set.ts'
import type { Runs } from './runs.ts'

const HELP = `
An agent writes {{secret:github}} where the value belongs, in a header. Oxbow puts it in on the way out, for the hosts you
named only; neither agent nor command ever sees it.

  oxbow secrets set github --host api.github.com < token.txt`

/** `oxbow secrets …` */
export function addSecrets(program: Command, commands: Commands, runs: Runs): void {
  const secrets = program.command('secrets').description('values that agents use and never see').addHelpText('after', HELP)
  const gather = (host: string, before: string[] = []): string[] => [...before, host]
  secrets
    .command('list', { isDefault: true })
    .description('their names, and where they may go')
    .addOption(new Option('--json', 'print JSON'))
    .action(runs(commands.secrets.list))
  secrets
    .command('set')
    .description('keep a secret, or change where it may go; the value is read from a prompt or stdin')
    .argument('<name>')
    .requiredOption('--host <host>', 'where it may go; once for each', gather)
    .option('--no-value', 'keep the value there is')
    .action(runs(commands.secrets.set))
  secrets.command('remove').description('forget a secret').argument('<name>').action(runs(commands.secrets.remove))
}
