import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { SessionId } from '../ids.ts'
import { IsolationChoice, IsolationTier, PreparationItem, ProfileInfo, SandboxProfile, VaultEntry } from '../sandbox.ts'
import { Isolation } from '../values.ts'
import { base } from './base.ts'

const route = (method: 'GET' | 'POST', path: `/${string}`, summary: string, tag: string) =>
  base.route({ method, path, summary, tags: [tag] })
const Whose = z.object({ sessionId: SessionId.optional() })
const Path = z.string().max(4096)

export const sandbox = {
  /** Ends when it is made; who stops following ends it. */
  build: route('POST', '/sandbox/build', 'Make what a tier needs here, and follow how', 'sandbox')
    .input(z.object({ tier: Isolation.default('container') }))
    .output(eventIterator(PreparationItem)),
  tiers: route('GET', '/sandbox/tiers', 'The kinds of isolation, which are ready here, and which one holds', 'sandbox')
    .input(Whose)
    .output(z.object({ tiers: z.array(IsolationTier), choice: IsolationChoice })),
  choice: route('GET', '/sandbox/choice', 'Which isolation holds for a session, or for new ones', 'sandbox')
    .input(Whose)
    .output(IsolationChoice),
  profiles: route('GET', '/sandbox/profiles', 'What commands in the sandbox see and reach, and which profile holds', 'sandbox')
    .input(Whose)
    .output(z.object({ profiles: z.array(ProfileInfo), chosen: SandboxProfile })),
}

export const vault = {
  list: route('GET', '/vault', "A folder of the person's own files, which no agent reads", 'vault')
    .input(z.object({ path: Path.default('.') }))
    .output(z.object({ root: z.string(), path: z.string(), entries: z.array(VaultEntry) })),
  copy: route('POST', '/vault/copy', "Copy a file or folder of the vault into a session's workspace", 'vault')
    .input(
      z.object({
        sessionId: SessionId,
        from: Path.min(1),
        /** A file or folder, as a file tool of the session names it. Unset: its name, in the workspace. */
        to: Path.min(1).optional(),
        overwrite: z.stringbool().or(z.boolean()).default(false),
      }),
    )
    .output(z.object({ to: z.string(), files: z.number().int(), bytes: z.number().int() })),
}
