import type { Intent } from '../intent.ts'
import { edit } from './edit.ts'
import { find } from './find.ts'
import { grep } from './grep.ts'
import { createHelp } from './help.ts'
import { list } from './list.ts'
import { models } from './models.ts'
import { read } from './read.ts'
import { run } from './run.ts'
import { runCode } from './run-code.ts'
import { write } from './write.ts'

/** In the order in which help tells of them. */
const topics: readonly Intent[] = [list, read, write, edit, find, grep, run, runCode, models]
const help = createHelp(topics)

/** In the order in which they are tried: a command is never taken for anything else, then the more exact come first. */
export const intents: readonly Intent[] = [runCode, run, help, edit, write, find, grep, list, read, models]
