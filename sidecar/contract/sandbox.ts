import { z } from 'zod'
import { Isolation } from './values.ts'

/** The tiers that a setting may ask for. `host` is none of them: only a person chooses it, for one session. */
export const SetIsolation = Isolation.exclude(['host'])
export type SetIsolation = z.infer<typeof SetIsolation>

/** What commands in the process tier see and reach, from loose to strict. */
export const SandboxProfile = z.enum(['minimal', 'development', 'strict'])
export type SandboxProfile = z.infer<typeof SandboxProfile>

/** Who asked for the tier that holds. */
export const IsolationSource = z.enum(['agent', 'space', 'session', 'workspace', 'setting', 'default'])
export type IsolationSource = z.infer<typeof IsolationSource>

/** The tier that holds for a session or a new one, and why it is that one. */
export const IsolationChoice = z.object({ tier: Isolation, by: IsolationSource })
export type IsolationChoice = z.infer<typeof IsolationChoice>

/** What a tier's preparation does: a line of it, or what it made in the end. */
export const PreparationItem = z.discriminatedUnion('type', [
  z.object({ type: z.literal('line'), line: z.string() }),
  z.object({ type: z.literal('made'), made: z.string() }),
])
export type PreparationItem = z.infer<typeof PreparationItem>

/** A tier on this computer. */
export const IsolationTier = z.object({
  tier: Isolation,
  name: z.string(),
  words: z.string(),
  /** Whether it gives up all isolation; such a one is marked wherever it shows. */
  unsafe: z.boolean(),
  ready: z.boolean(),
  /** What a person should know of how it runs here. */
  warning: z.string().optional(),
  /** Why it is not ready, and what mends that. */
  reason: z.string().optional(),
  mend: z.string().optional(),
})
export type IsolationTier = z.infer<typeof IsolationTier>

/** What makes the image of a tier: told to whom it lacks, who may also have it made by a button. */
export const BUILD_COMMANDS = { container: 'oxbow sandbox build', microvm: 'oxbow sandbox build-vm' } as const

/** A profile of the process tier, with what it lets through in plain words. */
export const ProfileInfo = z.object({
  profile: SandboxProfile,
  name: z.string(),
  words: z.string(),
  reads: z.string(),
  writes: z.string(),
  network: z.string(),
  processes: z.string(),
  systemCalls: z.string(),
})
export type ProfileInfo = z.infer<typeof ProfileInfo>

/** How people are told of a tier. */
export const ISOLATION_WORDS: Readonly<Record<Isolation, { name: string; words: string }>> = {
  host: { name: 'No isolation', words: 'Commands run as you, on all of your computer: every file, every program, the network.' },
  process: { name: 'Sandbox', words: 'Commands run on this computer and can change the workspace only.' },
  container: { name: 'Container', words: 'Commands run in a container of its own that sees the workspace and nothing else.' },
  microvm: { name: 'Virtual machine', words: 'Commands run in a small computer of their own, with a kernel of its own.' },
}

/** How people are told of what `run_code` runs in, whichever tier commands have. */
export const SNIPPET_WORDS: { readonly name: string; readonly words: string } = {
  name: 'Snippets',
  words:
    'Short calculations in JavaScript or Python (run_code) run in WebAssembly: each in an engine of its own with 64 MB and a time limit, without files, network, programs or keys, and nothing is left of it. They are the same in every tier and need no question.',
}

/** A file or folder of the vault. */
export const VaultEntry = z.object({ name: z.string(), kind: z.enum(['file', 'folder']), bytes: z.number().int().nonnegative() })
export type VaultEntry = z.infer<typeof VaultEntry>
