import type { Intent } from '../intent.ts'

const OPENING = String.raw`^(?:how|what|which|where|can i|do i|configure|set ?up|connect|use|switch|choose|select|add|remove|models?\b|i have an?\b|explain)`
const ASKED = new RegExp(
  String.raw`${OPENING}.*\b(?:models?|llms?|providers?|api[ -]?keys?|my keys?|a key for|keychain|openai|anthropic|claude|gpt|ollama|lm ?studio|llama\.?cpp|vllm|openrouter|gemini|groq|mistral|deepseek|grok|xai|together ai|azure)\b`,
  'is',
)

export const models: Intent = {
  name: 'models',
  does: 'says how to add a provider and choose a language model',
  examples: ['how do I configure a model?', 'how do I add a provider?'],
  verbs: ['configure', 'use', 'switch', 'choose', 'connect', 'which'],
  match: ({ text }) => (ASKED.test(text) || /^models?[.!?]*$/i.test(text) ? { type: 'say', text: ANSWER } : undefined),
}

const ANSWER = `There are four ways to a language model. Each works without the others.

**With a key, in the window.** Open **Settings → Models → Add a provider**, choose it (OpenAI, Anthropic, Google, OpenRouter, Groq, Mistral and many others), paste its key and press **Add and test**. It works at once. The key goes into your system's keychain where there is one, and is never shown again.

**With a key, at the terminal.** \`oxbow providers add openai\` asks for the key without showing it; \`oxbow providers test openai\` tries it. A key in the environment (\`OPENAI_API_KEY\`, \`ANTHROPIC_API_KEY\`, …) is taken at the next start.

**A model on this computer.** Start Ollama (port 11434), LM Studio (1234), the llama.cpp server (8080) or vLLM (8000). Oxbow looks for them by itself; no key is needed.

**Any other server** that speaks OpenAI's chat completions: choose **Another server…** in the same form, or

\`\`\`sh
oxbow providers add mine --base-url http://192.168.1.20:8000/v1
\`\`\`

Then choose the model in the model picker; **Settings → Models** finds one by what it can do, its price and its context. \`oxbow models\` lists them too, and \`oxbow models --refresh\` fetches the newest catalogue. To take a key out again: \`oxbow providers remove openai\`, or **Remove** beside it. \`oxbow doctor\` checks what is set up and says how to mend what is not.`
