import { type Simulation, simulationInWords, unjudgedInWords } from '../../sidecar/contract/index.ts'

const MOST_EXAMPLES = 5

/** What a change of the rules would have meant for the past week. */
export function Simulated({ found }: { found: Simulation }) {
  return (
    <div data-testid="simulation" role="status" className="w-full text-[13px]">
      <p className="text-soft">{simulationInWords(found)}</p>
      <ul>
        {found.examples.slice(0, MOST_EXAMPLES).map(({ at, title, before, after }) => (
          <li key={`${at} ${title}`} className="truncate">
            {before} → {after}: <span className="mono">{title}</span>
          </li>
        ))}
      </ul>
      {unjudgedInWords(found).map((line) => (
        <p key={line} className="text-soft">
          {line}
        </p>
      ))}
    </div>
  )
}
