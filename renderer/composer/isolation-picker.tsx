import { Menu } from '@base-ui/react/menu'
import clsx from 'clsx'
import { Box, Check, Container, Cpu, type LucideIcon, OctagonAlert } from 'lucide-react'
import { ISOLATION_WORDS, type Isolation, type IsolationChoice, type SessionId } from '../../sidecar/contract/index.ts'
import { configure } from '../actions.ts'
import { useAnswer } from '../settings/use-answer.ts'
import { useOpen } from '../stores/open-session.ts'
import { useUi } from '../stores/ui.ts'
import { useIsolation } from './use-isolation.ts'

export const ISOLATION_ICONS: Readonly<Record<Isolation, LucideIcon>> = {
  host: OctagonAlert,
  process: Box,
  container: Container,
  microvm: Cpu,
}

/** What the session has chosen for itself, as a choice of the menu. */
type Wish = Isolation | 'set'

const OVERRULED: Partial<Record<IsolationChoice['by'], string>> = {
  workspace: "The workspace's own settings ask for it.",
  setting: 'Your settings ask for it.',
  agent: 'Its agent asks for it.',
  space: 'Its space asks for it.',
}

/** What stands between this session's commands and the computer. */
export function IsolationPicker({ sessionId }: { sessionId: SessionId }) {
  const wish = useOpen((store) => store.view?.summary.isolation)
  const choice = useIsolation(sessionId)
  const open = useUi((ui) => ui.dialog === 'isolation')
  const setDialog = useUi((ui) => ui.setDialog)
  const tier = choice?.tier ?? wish ?? 'process'
  const { name } = ISOLATION_WORDS[tier]
  const Icon = ISOLATION_ICONS[tier]
  const unsafe = tier === 'host'
  return (
    <Menu.Root open={open} onOpenChange={(next) => setDialog(next ? 'isolation' : null)}>
      <Menu.Trigger
        data-testid="isolation-picker"
        className={clsx('picker shrink-0', unsafe && 'bg-bad-ground text-bad hover:text-bad')}
        aria-label={`Isolation: ${name}`}
        title="Isolation of commands"
      >
        <Icon size={14} className="shrink-0" aria-hidden />
        <span className={clsx('truncate', !unsafe && 'hidden lg:inline')}>{name}</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner side="top" align="start" sideOffset={6} className="z-50">
          <Menu.Popup className="popup max-w-96" aria-label="Isolation">
            {open && <Choices wish={wish ?? 'set'} choice={choice} onChoose={(next) => choose(sessionId, next)} />}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

const choose = (sessionId: SessionId, wish: Wish) => configure(sessionId, { isolation: wish === 'set' ? null : wish })

const askTiers = (client: Parameters<Parameters<typeof useAnswer>[0]>[0]) => client.sandbox.tiers({})

function Choices({ wish, choice, onChoose }: { wish: Wish; choice: IsolationChoice | undefined; onChoose(wish: Wish): void }) {
  const [answer] = useAnswer(askTiers)
  const overruled = choice && OVERRULED[choice.by]
  if (answer.state === 'asking') return <p className="popup-label">Looking what is ready here…</p>
  if (answer.state === 'failed') return <p className="popup-label text-bad">{answer.words.message}</p>
  const { tiers, choice: set } = answer.value
  return (
    <>
      {overruled && choice && (
        <p className="popup-label">
          {ISOLATION_WORDS[choice.tier].name}: {overruled}
        </p>
      )}
      <Menu.RadioGroup value={wish} onValueChange={onChoose}>
        <Choice value="set" name="As set" words={`What your settings say: ${ISOLATION_WORDS[set.tier].name}.`} />
        {tiers.map(({ tier, name, words, unsafe, ready, reason }) => (
          <Choice
            key={tier}
            value={tier}
            name={name}
            words={ready ? words : `Not ready: ${reason}.`}
            unsafe={unsafe}
            disabled={!ready}
            icon={ISOLATION_ICONS[tier]}
          />
        ))}
      </Menu.RadioGroup>
    </>
  )
}

interface ChoiceLook {
  value: Wish
  name: string
  words: string
  unsafe?: boolean
  disabled?: boolean
  icon?: LucideIcon
}

function Choice({ value, name, words, unsafe = false, disabled = false, icon: Icon = Check }: ChoiceLook) {
  const soft = unsafe ? 'text-bad' : 'text-soft'
  return (
    <Menu.RadioItem
      value={value}
      disabled={disabled}
      closeOnClick
      className={clsx('popup-item items-start', unsafe && 'text-bad')}
    >
      <Icon size={15} className={clsx('mt-0.5 shrink-0', soft, value === 'set' && 'invisible')} aria-hidden />
      <span className="min-w-0 flex-1">
        <span className="block font-medium">{name}</span>
        <span className={clsx('block', soft)}>{words}</span>
      </span>
      <Menu.RadioItemIndicator>
        <Check size={15} className="mt-0.5 text-accent" aria-hidden />
      </Menu.RadioItemIndicator>
    </Menu.RadioItem>
  )
}
