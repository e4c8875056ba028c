import type { Intent } from '../intent.ts'

const ASKED =
  /^(?:help(?: me)?|\?|commands|examples|(?:hi|hello|hey|hallo|good (?:morning|afternoon|evening|day))(?: there| oxbow| guide)?|(?:what|who) are you|what (?:can|do) (?:you|i|oxbow|it) (?:do|ask)\b.*|what is (?:oxbow|this)|how (?:does (?:this|it|oxbow) work|do i (?:start|begin|use)\b.*)|(?:tell me|explain) (?:about (?:yourself|oxbow)|what (?:you|oxbow) can do|oxbow))[.!?]*$/i

/** @param others the intents it tells about */
export function createHelp(others: readonly Intent[]): Intent {
  return {
    name: 'help',
    does: 'says what I understand',
    examples: ['help'],
    verbs: ['help', 'hello', 'what', 'who', 'how', 'explain', 'tell'],
    match: ({ text }) => (ASKED.test(text) ? { type: 'say', text: helpText(others) } : undefined),
  }
}

function helpText(intents: readonly Intent[]): string {
  const lines = intents.map(({ name, does, examples }) => `- **${name}** — ${does}: “${examples[0]}”`)
  return [
    'Oxbow runs agents on your own computer: they read and edit the files of a folder you choose and run commands there in a sandbox, and they ask you before they do what matters.',
    '',
    'Without a language model I can do these things for you, one after another if you join them with “then”:',
    '',
    ...lines,
    '',
    'For real conversations Oxbow needs a language model. Ask me “How do I configure a model?”',
  ].join('\n')
}
