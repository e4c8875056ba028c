import clsx from 'clsx'
import { Braces, Check, CircleMinus, OctagonAlert, TriangleAlert } from 'lucide-react'
import { BUILD_COMMANDS, type Client, type IsolationTier, type ProfileInfo, SNIPPET_WORDS } from '../../sidecar/contract/index.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { BuildTier } from './build-tier.tsx'
import { carryOut } from './carry-out.ts'
import { Asking, Problem, Section } from './section.tsx'
import { useAnswer } from './use-answer.ts'

const BUILDS: readonly string[] = Object.values(BUILD_COMMANDS)

const ask = async (client: Client) => {
  const [{ tiers, choice }, { profiles, chosen }] = await Promise.all([client.sandbox.tiers({}), client.sandbox.profiles({})])
  return { tiers, choice, profiles, chosen }
}

/** What stands between commands and this computer: which tiers are ready, and what the sandbox lets through. */
export function Isolation() {
  const [answer, again] = useAnswer(ask)
  const set = (key: 'sandbox.tier' | 'sandbox.profile', value: string) =>
    carryOut(again, (client) => client.config.set({ key, value }))
  return (
    <Section
      title="Isolation"
      note="What commands run in. The strictest of this, the session's own choice and the workspace's .oxbow/config.toml wins; what is missing is refused, never run in less."
      action={
        <button type="button" className="button" onClick={again}>
          Look again
        </button>
      }
    >
      {answer.state === 'asking' && <Asking />}
      {answer.state === 'failed' && <Problem words={answer.words} />}
      {answer.state === 'answered' && (
        <>
          <ul aria-label="Kinds of isolation" className="mb-4 rounded-lg border border-line">
            {answer.value.tiers.map((tier) => (
              <Tier
                key={tier.tier}
                tier={tier}
                chosen={tier.tier === answer.value.choice.tier}
                onChoose={() => set('sandbox.tier', tier.tier)}
                onMade={again}
              />
            ))}
            <li className="flex items-start gap-2.5 border-t border-line px-3 py-2 text-[13px]">
              <Braces size={15} className="mt-0.5 shrink-0 text-ok" aria-label="Ready" />
              <div>
                <p className="font-medium">{SNIPPET_WORDS.name}</p>
                <p className="text-soft">{SNIPPET_WORDS.words}</p>
              </div>
            </li>
          </ul>
          <fieldset className="rounded-lg border border-line">
            <legend className="ml-2 px-1 text-[13px] font-medium">What the sandbox lets through</legend>
            {answer.value.profiles.map((profile) => (
              <Profile
                key={profile.profile}
                profile={profile}
                chosen={profile.profile === answer.value.chosen}
                onChoose={() => set('sandbox.profile', profile.profile)}
              />
            ))}
          </fieldset>
        </>
      )}
    </Section>
  )
}

interface TierParts {
  tier: IsolationTier
  chosen: boolean
  onChoose(): void
  onMade(): void
}

function Tier({ tier, chosen, onChoose, onMade }: TierParts) {
  const { name, words, unsafe, ready, warning, reason, mend } = tier
  const Icon = unsafe ? OctagonAlert : ready ? Check : CircleMinus
  const look = unsafe ? 'text-bad' : ready ? 'text-ok' : 'text-faint'
  return (
    <li className="flex items-start gap-2.5 border-line px-3 py-2 text-[13px] not-first:border-t">
      <Icon size={15} className={clsx('mt-0.5 shrink-0', look)} aria-label={ready ? 'Ready' : 'Not ready'} />
      <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        <p className={clsx('font-medium', unsafe && 'text-bad')}>{name}</p>
        <p className={unsafe ? 'text-bad' : 'text-soft'}>{words}</p>
        {warning && (
          <p className="flex items-start gap-1 text-warn">
            <TriangleAlert size={13} className="mt-0.5 shrink-0" aria-label="Warning" />
            {sentence(warning)}
          </p>
        )}
        {reason && <p className="text-soft">Not ready: {reason}.</p>}
        {mend && <Mend text={mend} />}
        {mend !== undefined && BUILDS.includes(mend) && <BuildTier tier={tier.tier} name={name} onMade={onMade} />}
        {unsafe && <p className="text-soft">Only by your choice in a session, below its message.</p>}
      </div>
      {chosen && <span className="shrink-0 text-soft">In use</span>}
      {!chosen && ready && !unsafe && (
        <button type="button" className="button shrink-0" aria-label={`Use ${name} in every session`} onClick={onChoose}>
          Use
        </button>
      )}
    </li>
  )
}

/** How a tier is made ready: a command to copy, or words. */
function Mend({ text }: { text: string }) {
  if (text.endsWith('.')) return <p className="text-soft">{text}</p>
  return (
    <div className="mt-1 flex items-center gap-1">
      <code className="mono rounded bg-raised px-1.5">{text}</code>
      <CopyButton text={text} label="Copy" />
    </div>
  )
}

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1).replace(/\.$/, '')}.`

function Profile({ profile, chosen, onChoose }: { profile: ProfileInfo; chosen: boolean; onChoose(): void }) {
  const { name, words, reads, writes, network, processes, systemCalls } = profile
  const facts = { Reads: reads, Writes: writes, Network: network, Processes: processes, System: systemCalls }
  return (
    <div className="px-3 py-2 text-[13px]">
      <label className="flex items-start gap-2.5">
        <input type="radio" name="sandbox-profile" checked={chosen} onChange={onChoose} className="mt-0.5 accent-accent" />
        <span>
          <span className="block font-medium">{name}</span>
          <span className="block text-soft">{words}</span>
        </span>
      </label>
      {chosen && (
        <dl className="mt-1.5 ml-6 grid grid-cols-[5.5rem_1fr] gap-x-2 gap-y-0.5">
          {Object.entries(facts).map(([about, text]) => (
            <div key={about} className="contents">
              <dt className="text-faint">{about}</dt>
              <dd className="text-soft">{text}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  )
}
