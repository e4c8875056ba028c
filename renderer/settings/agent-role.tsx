import { useState } from 'react'
import type { Client, Role, Simulation } from '../../sidecar/contract/index.ts'
import { attempt } from '../actions.ts'
import { online } from '../stores/connection.ts'
import { Simulated } from './simulated.tsx'
import { useAnswer } from './use-answer.ts'

const WORDS: Record<Role, string> = {
  reader: 'Reader: reads in the workspace',
  worker: 'Worker: writes, too; asks for commands and what goes out',
  operator: 'Operator: what its mode allows',
  owner: 'Owner: without isolation, too, where you choose that',
}

const ROLES = Object.keys(WORDS) as Role[]

const ask = async (client: Client): Promise<Role | undefined> => {
  const { settings } = await client.config.list()
  return ROLES.find((role) => role === settings.find(({ key }) => key === 'policy.role')?.value)
}

/** What agents may do at most. First what another role would have meant for the past week, then the change. */
export function AgentRole() {
  const [answer, again] = useAnswer(ask)
  const [wish, setWish] = useState<{ role: Role; found: Simulation }>()
  const role = answer.state === 'answered' ? answer.value : undefined
  if (role === undefined) return null
  const look = async (next: Role) => {
    if (next === role) return setWish(undefined)
    const found = await attempt(() => online().policy.simulate({ role: next }))
    if (found) setWish({ role: next, found })
  }
  const save = async (next: Role) => {
    await attempt(() => online().config.set({ key: 'policy.role', value: next }))
    setWish(undefined)
    again()
  }
  return (
    <div className="mb-2 flex flex-wrap items-center gap-1.5 text-[13px]">
      <label className="flex items-center gap-1.5">
        Role of agents
        <select
          className="field h-7 w-auto py-0"
          value={wish?.role ?? role}
          onChange={(event) => void look(event.target.value as Role)}
        >
          {ROLES.map((option) => (
            <option key={option} value={option}>
              {WORDS[option]}
            </option>
          ))}
        </select>
      </label>
      {wish && (
        <>
          <button type="button" className="button button-primary" onClick={() => save(wish.role)}>
            Save role
          </button>
          <button type="button" className="button" onClick={() => setWish(undefined)}>
            Keep
          </button>
          <Simulated found={wish.found} />
        </>
      )}
    </div>
  )
}
