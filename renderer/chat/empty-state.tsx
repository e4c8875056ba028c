import { useModels } from '../stores/models.ts'

const PROMPTS = [
  'What can you do here?',
  'List the files in this folder',
  'Write a file notes.md with a short to-do list',
] as const

/** What stands in a session that has no messages yet. */
export function EmptyState({ model, onPrompt }: { model: string; onPrompt(text: string): void }) {
  const chosen = useModels((store) => store.default)
  const why = useModels((store) => store.why)
  return (
    <div className="flex min-h-0 flex-1 flex-col justify-end overflow-y-auto">
      <div className="column pb-6 pt-8">
        <h2 className="text-xl font-semibold tracking-tight">What shall we work on?</h2>
        <p className="mt-1.5 max-w-prose text-soft">
          Oxbow is an agent on your own computer: it reads and edits the files of a folder you choose, runs commands in a sandbox,
          and asks before it does what matters.
        </p>
        {model && (
          <p className="mt-3 text-[13px] text-faint">
            Model: <span className="mono text-soft">{model}</span>
            {model === chosen && why && ` — ${why}`}
          </p>
        )}
        <ul className="mt-5 flex flex-col items-start gap-1.5" aria-label="Examples">
          {PROMPTS.map((prompt) => (
            <li key={prompt}>
              <button type="button" className="button h-8 font-normal text-soft" onClick={() => onPrompt(prompt)}>
                {prompt}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </div>
  )
}
