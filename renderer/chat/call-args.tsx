import { callParts, type FileDiff, visible } from '../../sidecar/contract/index.ts'
import { Capped } from '../ui/capped.tsx'
import { Scrollable } from '../ui/scrollable.tsx'
import { DiffView } from './diff-view.tsx'
import { Unfold } from './unfold.tsx'

interface CallArgsParts {
  args: unknown
  title: string
  /** What it would change in the file that is there. */
  diff?: FileDiff | undefined
}

/** What a tool was asked to do, in the form that is easiest to judge: a command, a change, or its plain arguments. All of it can be seen. */
export function CallArgs({ args, title, diff }: CallArgsParts) {
  const { command, old, fresh, rest } = callParts(args)
  const shown = rest.filter(([name, value]) => !(name === 'path' && title.includes(value)))
  const change = [...marked('-', old), ...marked('+', fresh)].join('\n')
  if (command === undefined && shown.length === 0 && !diff && !change) return null
  return (
    <div className="flex flex-col gap-2">
      {command !== undefined && <Pre text={visible(`$ ${command}`)} label="Command" />}
      {shown.length > 0 && (
        <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 text-[13px]">
          {shown.map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-faint">{visible(name)}</dt>
              <dd className="mono min-w-0 whitespace-pre-wrap [overflow-wrap:anywhere]">
                <Capped text={value}>{(part) => visible(part)}</Capped>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {diff && <DiffView diff={diff.diff} />}
      {change &&
        (diff ? <Unfold title="The whole new content">{() => <DiffView diff={change} />}</Unfold> : <DiffView diff={change} />)}
    </div>
  )
}

function marked(sign: string, text: string | undefined): string[] {
  return text === undefined ? [] : text.split('\n').map((line) => sign + line)
}

export function Pre({ text, label }: { text: string; label: string }) {
  return (
    <Capped text={text}>
      {(shown) => (
        <Scrollable label={label} className="max-h-80 overflow-auto rounded-md border border-line bg-page px-3 py-2">
          <pre className="mono whitespace-pre-wrap [overflow-wrap:anywhere]">{shown}</pre>
        </Scrollable>
      )}
    </Capped>
  )
}
