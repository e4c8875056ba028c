/** One thing a person asks for, in plain words without politeness. */
export interface Clause {
  text: string
  /** The file that the step before was about: what "it" means. */
  lastPath: string | undefined
}

/** What the guide does about a clause: one tool call, or an answer of its own. */
export type Step =
  | {
      type: 'call'
      tool: string
      args: Record<string, unknown>
      /** Completes "I will …": `read \`notes.txt\``. */
      doing: string
      /** Stands before the tool's output. */
      lead: string
      /** Stands in place of an empty output. */
      nothing?: string
      /** What "it" means in the next clause. */
      path?: string | undefined
    }
  | { type: 'say'; text: string }

/** A kind of request the guide understands. Each has a file in `intents/`; a new one is added to their list. */
export interface Intent {
  name: string
  /** For the help text, after a dash. */
  does: string
  examples: readonly string[]
  /** Words a request may begin with; they also tell where one request ends and the next begins. */
  verbs: readonly string[]
  match(clause: Clause): Step | undefined
}
