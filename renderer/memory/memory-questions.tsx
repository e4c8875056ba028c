import { useCallback } from 'react'
import type { Client, MemoryQuestion, QuestionAnswer } from '../../sidecar/contract/index.ts'
import { attempt } from '../actions.ts'
import { useAnswer } from '../settings/use-answer.ts'
import { online } from '../stores/connection.ts'

/** What only the person can decide; nothing where there is nothing. */
export function MemoryQuestions({ space, onAnswered }: { space: string; onAnswered(): void }) {
  const ask = useCallback((client: Client) => client.memory.questions({ limit: 50, ...(space !== '' && { space }) }), [space])
  const [asked, again] = useAnswer(ask)
  if (asked.state !== 'answered' || asked.value.questions.length === 0) return null
  const { questions } = asked.value
  const answer = async (id: MemoryQuestion['id'], said: QuestionAnswer) => {
    if ((await attempt(() => online().memory.answer({ id, answer: said }))) === undefined) return
    again()
    onAnswered()
  }
  return (
    <section aria-label="Questions" className="rounded-lg border border-line">
      <h2 className="px-3 py-2 text-[13px] font-semibold">
        {questions.length === 1 ? 'One thing' : `${questions.length} things`} to decide
      </h2>
      <ul>
        {questions.map((question) => (
          <Question key={question.id} question={question} onAnswer={(said) => void answer(question.id, said)} />
        ))}
      </ul>
    </section>
  )
}

function Question({ question, onAnswer }: { question: MemoryQuestion; onAnswer(answer: QuestionAnswer): void }) {
  const { kind, text, taint, about } = question
  return (
    <li data-testid="memory-question" className="flex flex-col gap-1.5 border-t border-line px-3 py-2.5 text-[13px]">
      <p className="text-xs text-faint">
        {kind === 'untrusted' ? (
          <span className="text-warn">Not from you ({taint.join(', ')}). Remember it?</span>
        ) : (
          'This may contradict what is remembered.'
        )}
      </p>
      <p className="whitespace-pre-wrap break-words">{text}</p>
      {about && <p className="break-words text-soft">Remembered: {about.text}</p>}
      <div className="flex flex-wrap gap-2">
        {about && (
          <button type="button" className="button" onClick={() => onAnswer('replace')}>
            Replace
          </button>
        )}
        <button type="button" className="button" onClick={() => onAnswer('keep')}>
          {about ? 'Keep both' : 'Remember'}
        </button>
        <button type="button" className="button" onClick={() => onAnswer('discard')}>
          Discard
        </button>
      </div>
    </li>
  )
}
