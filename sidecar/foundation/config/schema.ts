import { z } from 'zod'
import { EMBEDDER, Mode, ModelRef, Role, SandboxProfile, SetIsolation } from '../../contract/index.ts'

const ProviderConfig = z.strictObject({
  /** The wire format; known by itself for the providers that Oxbow knows by name. */
  type: z.enum(['openai', 'openai-responses', 'anthropic', 'gemini']).optional(),
  baseUrl: z.url({ protocol: /^https?$/ }).optional(),
  apiKey: z.string().min(1).optional(),
  apiKeyEnv: z.string().min(1).optional(),
  models: z.array(z.string().min(1)).optional(),
  /** Sent with every request to the server. */
  headers: z.record(z.string().regex(/^[\w-]+$/, 'expected the name of a header'), z.string().max(4096)).optional(),
  /** Tools of OpenAI's Responses that run at the vendor, past Oxbow's gate; none unless named here. */
  builtinTools: z.array(z.enum(['web_search', 'code_interpreter'])).optional(),
  /** Lets OpenAI's Responses store answers at the vendor, so that a conversation need not be sent again. */
  stateful: z.boolean().optional(),
})

const host = z
  .string()
  .regex(
    /^((GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|,)+ +)?((\*\.)?[a-z0-9]([a-z0-9._-]*[a-z0-9])?(:(\d{1,5}|\*))?|\[[0-9a-f:.]+\](:(\d{1,5}|\*))?)$/i,
    'expected a host such as example.com, *.example.com, localhost:11434 or GET,HEAD example.com',
  )

/** A git remote without a password: that would be a secret among the settings. */
const GIT_REMOTE = /^(?:file:\/\/\/\S+|(?:https|ssh):\/\/(?:\w[\w.-]*@)?\w[\w.-]*(?::\d+)?\/\S+|\w[\w.-]*@\w[\w.-]*:[^\s:-]\S*)$/

const absolute = z.string().regex(/^(\/|[A-Za-z]:\\)/, 'expected an absolute path')

const days = z.int().min(1).max(36_500).optional()
/** Tokens that learning may use in a day, where nothing else is set. */
const DAILY_TOKENS = 200_000
const DREAM_TOKENS = 100_000
const DREAM_AT = '03:00'

/** Every setting, in the names the code uses. In files, keys are snake_case: `api_key_env`. */
export const ConfigSchema = z.strictObject({
  models: z
    .strictObject({
      default: ModelRef.optional(),
      /** Asked in this order when a model fails. */ fallback: z.array(ModelRef).max(8).default([]),
      /** Takes a model also where the catalogue does not know it. In files also `providers.skip_validation`. */
      skipValidation: z.boolean().default(false),
      /** Where `models refresh` fetches the catalogue. */
      catalogUrl: z.url({ protocol: /^https?$/ }).default('https://models.dev/api.json'),
    })
    .prefault({}),
  providers: z.record(z.string().regex(/^[a-z0-9][a-z0-9_-]*$/, 'expected a lower-case name'), ProviderConfig).default({}),
  policy: z
    .strictObject({
      mode: Mode.default('ask'),
      /** What an agent may do at most. */
      role: Role.default('operator'),
      /** Files that should not leave this computer, as patterns: `customers/**`, `~/Documents/**`. Keys and the like are known. */
      private: z.array(z.string().min(1).max(300)).max(200).default([]),
      /** What is answered where words from outside meet what is private. */
      tainted: z.enum(['ask', 'deny']).default('ask'),
      /** How long a question waits before it counts as a no: `30m`, `24h`, `7d`, or `never`. Unset: a day for runs in the background, else for ever. */
      approvalExpiry: z
        .string()
        .regex(/^(never|[1-9]\d{0,3}[mhd])$/, 'expected never, or a time such as 30m, 24h or 7d')
        .optional(),
    })
    .prefault({}),
  sandbox: z
    .strictObject({
      allowHosts: z.array(host).default([]),
      /** The isolation of commands; unset: the process tier. Sessions and workspaces may ask for more. */
      tier: SetIsolation.optional(),
      /** What commands in the process tier see and reach; unset: development. */
      profile: SandboxProfile.optional(),
      /** The person's files that no agent reads; unset: the folder `vault` in Oxbow's home. */
      vault: absolute.optional(),
      /** A command that leaves less free on the disk of its folders is ended; of a small disk 5 % count. 0: none is. */
      minFreeMb: z.int().min(0).max(1_048_576).default(1024),
      container: z
        .strictObject({
          /** Where the engine answers; unset: looked for. */
          host: z
            .string()
            .regex(
              /^(\/|(unix|tcp|https?|ssh):\/\/)/,
              'expected unix:///path, tcp://host:port, https://host:port or ssh://user@host',
            )
            .optional(),
          /** By tag or digest; unset: the one that `oxbow sandbox build` makes. */
          image: z.string().min(1).max(500).optional(),
          memoryMb: z.int().min(64).max(1_048_576).default(2048),
          cpus: z.number().min(0.1).max(1024).default(2),
          maxProcesses: z.int().min(16).max(100_000).default(512),
          /** A box that no command used for so long is put away; the next command makes another. */
          idleMinutes: z.int().min(1).max(1440).default(10),
        })
        .prefault({}),
      microvm: z
        .strictObject({
          memoryMb: z.int().min(192).max(1_048_576).default(1024),
          /** An emulated machine has one, whatever is set. */
          cpus: z.int().min(1).max(255).default(2),
          maxProcesses: z.int().min(16).max(100_000).default(512),
          /** What `oxbow sandbox build-vm` makes guests of: `none` for BusyBox alone, a folder or a tar archive by its absolute path, or a container image; unset: the packages. */
          root: absolute
            .or(z.string().regex(/^[a-z0-9][\w.\-/:@]*$/, 'expected none, an absolute path, or an image such as debian:13-slim'))
            .optional(),
          /** Debian packages whose programs guests have; unset: bash, git, python3 and other common tools. */
          packages: z
            .array(z.string().regex(/^[a-z0-9][a-z0-9+.-]*$/, 'expected the name of a package'))
            .min(1)
            .max(200)
            .optional(),
          /** A kernel and the folder of its modules; unset: the system's own. */
          kernel: absolute.optional(),
          modules: absolute.optional(),
          /** A static BusyBox; unset: the system's own. */
          busybox: absolute.optional(),
        })
        .prefault({}),
    })
    .prefault({}),
  network: z
    .strictObject({
      /** The proxy that all from boxes and web tools has to pass; `none`: whatever the environment says; unset: `HTTPS_PROXY`. */
      upstreamProxy: z
        .string()
        .regex(/^(none|https?:\/\/.+)$/, 'expected http://host:port, https://host:port or none')
        .optional(),
    })
    .prefault({}),
  web: z
    .strictObject({
      /** Whether the web tools heed what a site asks of robots. */
      robots: z.boolean().default(true),
    })
    .prefault({}),
  audit: z
    .strictObject({
      /** A folder, best on another disk or computer, that is told each signed checkpoint of the record. */
      witness: absolute.optional(),
      /** An address that is told each of them by POST, as a signed note; it answers 2xx once it has it. */
      witnessUrl: z.url({ protocol: /^https?$/ }).optional(),
      /** A git repository that is pushed each of them, on a branch of its own: `file://`, `https://`, `ssh://` or `user@host:path`. */
      witnessGit: z
        .string()
        .regex(
          GIT_REMOTE,
          'expected a git remote: file:///path, https://host/path, ssh://host/path or user@host:path, without a password',
        )
        .optional(),
      /** Days after which the text of entries moves into sealed files beside the database; unset: never. */
      retention: z.int().min(1).max(36_500).optional(),
    })
    .prefault({}),
  memory: z
    .strictObject({
      /** Whether Oxbow learns from what is said. */
      learn: z.enum(['auto', 'off']).default('auto'),
      /** The model that finds what is worth remembering; unset: the session's own. */
      model: ModelRef.optional(),
      /** Tokens that learning may use in a day; past them it goes by rules alone. */
      dailyTokens: z.int().min(0).max(100_000_000).default(DAILY_TOKENS),
      /** Whether memory is put in order by itself, when nobody works and there is power. */
      dream: z.enum(['auto', 'off']).default('auto'),
      /** The hour for it, on this computer's clock. */
      dreamAt: z
        .string()
        .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day such as 03:00')
        .default(DREAM_AT),
      /** Tokens that dreams may use in a day of `memory.model`; past them, and without it, they go by rules and sentences alone. */
      dreamTokens: z.int().min(0).max(100_000_000).default(DREAM_TOKENS),
      /** What turns memories into vectors: `bundled`, `hashing`, `folder:/path`, `model:name` or `endpoint:model`. */
      embedder: z
        .string()
        .regex(EMBEDDER, 'expected bundled, hashing, folder:/path, model:name or endpoint:model')
        .default('bundled'),
      /** Of an endpoint for embeddings: its address, and the provider whose key is sent. */
      embedderUrl: z.url({ protocol: /^https?$/ }).optional(),
      embedderKey: z
        .string()
        .regex(/^[a-z0-9][a-z0-9_-]*$/, 'expected the name of a provider')
        .optional(),
      /** Where embedding models are downloaded from. */
      modelHub: z.url({ protocol: /^https?$/ }).default('https://huggingface.co'),
      /** Days that a memory stays which is never of use, by its type; unset: as the type says. */
      retention: z
        .strictObject({
          profile: days,
          preference: days,
          decision: days,
          fact: days,
          knowledge: days,
          episode: days,
          skill: days,
          session: days,
          reasoning: days,
        })
        .prefault({}),
    })
    .prefault({}),
  knowledge: z
    .strictObject({
      /** The person's notes in markdown; unset: the folder `knowledge` in Oxbow's home. */
      folder: absolute.optional(),
    })
    .prefault({}),
  calendar: z
    .strictObject({
      /** The person's calendars as .ics files; unset: the folder `calendar` in Oxbow's home. */
      folder: absolute.optional(),
    })
    .prefault({}),
  gateway: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: z.int().min(0).max(65535).default(4200),
      /** Must be true for a host beyond loopback. */
      allowRemote: z.boolean().default(false),
      allowedOrigins: z.array(z.url({ protocol: /^https?$/ })).default([]),
    })
    .prefault({}),
  kernel: z
    .strictObject({
      /** Turns at once, over all sessions. */
      maxTurns: z.int().min(1).max(100).default(10),
      /** Model calls in one turn. */
      maxSteps: z.int().min(1).max(1000).default(100),
    })
    .prefault({}),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
})
export type Config = z.infer<typeof ConfigSchema>

/** What a workspace's own file may hold: it may only tighten. */
export const WorkspaceSchema = z.strictObject({
  policy: z.strictObject({ mode: Mode.optional() }).prefault({}),
  sandbox: z
    .strictObject({
      allowHosts: z.array(host).optional(),
      tier: SetIsolation.optional(),
      profile: SandboxProfile.optional(),
    })
    .prefault({}),
})
