import { visible } from '../../sidecar/contract/index.ts'
import { Scrollable } from '../ui/scrollable.tsx'
import { DiffView } from './diff-view.tsx'

const MOST = 6_000

/** What a tool was asked to do, in the form that is easiest to judge: a command, a change, or its plain arguments. */
export function CallArgs({ args, title }: { args: unknown; title: string }) {
  if (typeof args === 'string') return <Pre text={visible(args)} label="Arguments" />
  if (typeof args !== 'object' || args === null) return null
  const given = new Map<string, unknown>(Object.entries(args))
  const take = (...names: string[]): string | undefined => {
    const name = names.find((n) => typeof given.get(n) === 'string')
    if (name === undefined) return undefined
    const value = given.get(name) as string
    given.delete(name)
    return value
  }
  const command = take('command', 'cmd')
  const old = take('oldText', 'old', 'oldString', 'old_string')
  const fresh = take('newText', 'new', 'newString', 'new_string', 'content')
  const diff = [...marked('-', old), ...marked('+', fresh)].join('\n')
  const rest = [...given].filter(([name, value]) => value !== undefined && !(name === 'path' && title.includes(String(value))))
  return (
    <div className="flex flex-col gap-2">
      {command !== undefined && <Pre text={visible(`$ ${command}`)} label="Command" />}
      {rest.length > 0 && (
        <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 text-[13px]">
          {rest.map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-faint">{name}</dt>
              <dd className="mono min-w-0 whitespace-pre-wrap [overflow-wrap:anywhere]">{visible(short(value))}</dd>
            </div>
          ))}
        </dl>
      )}
      {diff && <DiffView diff={visible(diff)} />}
    </div>
  )
}

function marked(sign: string, text: string | undefined): string[] {
  return text === undefined ? [] : text.split('\n').map((line) => sign + line)
}

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value, null, 1) ?? '')
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text
}

export function Pre({ text, label }: { text: string; label: string }) {
  return (
    <Scrollable label={label} className="max-h-80 overflow-auto rounded-md border border-line bg-page px-3 py-2">
      <pre className="mono whitespace-pre-wrap [overflow-wrap:anywhere]">{short(text)}</pre>
    </Scrollable>
  )
}
