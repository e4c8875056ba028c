import type { Command } from 'commander'
import { completionScript } from '../completion-script.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'

export async function completion(host: Host, program: Command, shell: 'bash' | 'zsh' | 'fish'): Promise<number> {
  host.print(completionScript(program, shell))
  return EXIT.done
}
