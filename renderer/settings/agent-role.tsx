import { useRef, useState } from 'react'
import type { Client, Role } from '../../sidecar/contract/index.ts'
import { carryOut } from './carry-out.ts'
import { Considered } from './considered.tsx'
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
  const [wish, setWish] = useState<Role>()
  const choice = useRef<HTMLSelectElement>(null)
  const role = answer.state === 'answered' ? answer.value : undefined
  if (role === undefined) return null
  const done = () => {
    setWish(undefined)
    choice.current?.focus()
  }
  return (
    <div className="mb-3 flex flex-wrap items-center gap-1.5 text-[13px]">
      <label className="flex min-w-0 items-center gap-1.5">
        <span className="shrink-0">Role of agents</span>
        <select
          ref={choice}
          className="field h-7 w-auto min-w-0 py-0"
          value={wish ?? role}
          onChange={(event) => setWish(event.target.value === role ? undefined : (event.target.value as Role))}
        >
          {ROLES.map((option) => (
            <option key={option} value={option}>
              {WORDS[option]}
            </option>
          ))}
        </select>
      </label>
      {wish && (
        <Considered
          key={wish}
          change={{ role: wish }}
          action="Save role"
          onAct={async () => {
            if (await carryOut(again, (client) => client.config.set({ key: 'policy.role', value: wish }))) done()
          }}
          onCancel={done}
        />
      )}
    </div>
  )
}
