import type { Intent } from '../intent.ts'

const OPENING = String.raw`^(?:how|what|which|where|can i|do i|configure|set ?up|connect|use|switch|choose|select|add|models?\b|i have an?\b|explain)`
const ASKED = new RegExp(
  String.raw`${OPENING}.*\b(?:models?|llms?|providers?|api[ -]?keys?|openai|anthropic|claude|gpt|ollama|lm ?studio|llama\.?cpp|vllm|openrouter)\b`,
  'is',
)

export const models: Intent = {
  name: 'models',
  does: 'says how to connect a language model',
  examples: ['how do I configure a model?'],
  verbs: ['configure', 'use', 'switch', 'choose', 'connect', 'which'],
  match: ({ text }) => (ASKED.test(text) || /^models?[.!?]*$/i.test(text) ? { type: 'say', text: ANSWER } : undefined),
}

const ANSWER = `There are three ways to a language model. Each works without the others.

**A key in the environment.** Set \`OPENAI_API_KEY\`, \`ANTHROPIC_API_KEY\` or \`OPENROUTER_API_KEY\` and start Oxbow again.

**A model on this computer.** Start Ollama (port 11434), LM Studio (1234), the llama.cpp server (8080) or vLLM (8000). Oxbow looks for them by itself; no key is needed.

**The configuration**, \`~/.oxbow/config.toml\`:

\`\`\`toml
[models]
default = "openai/gpt-5.2"

[providers.openai]
type = "openai"
api_key = "sk-…"

# any other server that speaks OpenAI's chat completions
[providers.mine]
type = "openai"
base_url = "http://192.168.1.20:8000/v1"
models = ["my-model"]
\`\`\`

Then choose the model in the model picker. \`oxbow doctor\` checks what is set up and says how to mend what is not.`
