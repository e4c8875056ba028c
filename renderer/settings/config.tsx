import type { Client } from '../../sidecar/contract/index.ts'
import { Scrollable } from '../ui/scrollable.tsx'
import { Asking, Problem, Section } from './section.tsx'
import { useAnswer } from './use-answer.ts'

const ask = (client: Client) => client.config.list()

/** Every setting, and the layer it comes from. */
export function Config() {
  const [answer] = useAnswer(ask)
  return (
    <Section title="Configuration" {...(answer.state === 'answered' && { note: `Change them in ${answer.value.path}` })}>
      {answer.state === 'asking' && <Asking />}
      {answer.state === 'failed' && <Problem words={answer.words} />}
      {answer.state === 'answered' && (
        <Scrollable label="All settings" className="overflow-x-auto rounded-lg border border-line">
          <table className="w-full text-left text-[13px]">
            <thead>
              <tr className="bg-raised">
                <th scope="col" className="px-3 py-1.5 font-medium">
                  Setting
                </th>
                <th scope="col" className="px-3 py-1.5 font-medium">
                  Value
                </th>
                <th scope="col" className="px-3 py-1.5 font-medium">
                  From
                </th>
              </tr>
            </thead>
            <tbody>
              {answer.value.settings.map((setting) => (
                <tr key={setting.key} className="border-t border-line">
                  <td className="mono px-3 py-1">{setting.key}</td>
                  <td className="mono px-3 py-1 text-soft [overflow-wrap:anywhere]">
                    {setting.value === null || setting.value === undefined ? 'not set' : JSON.stringify(setting.value)}
                  </td>
                  <td className="px-3 py-1 text-faint [overflow-wrap:anywhere]">{setting.source}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrollable>
      )}
    </Section>
  )
}
