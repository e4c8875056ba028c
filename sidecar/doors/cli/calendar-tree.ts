import { type Command, Option } from 'commander'
import type { Commands } from './command-set.ts'
import type { Runs } from './runs.ts'

const HELP = `
Times are days such as 2026-05-04, or such as 2026-05-04T10:00 on the clock of --zone (default: this computer's).

  oxbow calendar add Dentist --start 2026-05-04T10:00 --location "Main St 1"
  oxbow calendar add Stand-up --start 2026-05-04T09:00 --rule "FREQ=WEEKLY;BYDAY=MO,WE"`

/** `oxbow calendar …` */
export function addCalendar(program: Command, commands: Commands, runs: Runs): void {
  const calendar = program.command('calendar').description('your calendar, as .ics files').addHelpText('after', HELP)
  const json = () => new Option('--json', 'print JSON')
  const fields = (command: Command): Command =>
    command
      .option('--end <time>', 'default: an hour later, of a day the next one')
      .option('--zone <zone>', 'such as Europe/Berlin')
      .option('--location <text>', 'where')
      .option('--description <text>', 'what else there is to say')
      .option('--rule <rrule>', 'how it recurs')
      .addOption(json())
  calendar
    .command('list', { isDefault: true })
    .description('what is in it, for the next 30 days')
    .option('--from <time>', 'from then on')
    .option('--to <time>', 'until then')
    .addOption(json())
    .action(runs(commands.calendar.list))
  fields(calendar.command('add').description('add an event').argument('<title...>'))
    .requiredOption('--start <time>', 'when it begins')
    .option('--file <name>', 'the file that it goes into (default: calendar.ics)')
    .action(runs(commands.calendar.add))
  fields(calendar.command('edit').description('change an event').argument('<id>').argument('[title...]', 'another title'))
    .option('--start <time>', 'when it begins')
    .action(runs(commands.calendar.edit))
  calendar
    .command('remove')
    .description('remove an event')
    .argument('<id>')
    .option('--occurrence <time>', 'only this occurrence of a recurring event')
    .action(runs(commands.calendar.remove))
}
