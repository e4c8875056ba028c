import { Popover } from '@base-ui/react/popover'
import { Command } from 'cmdk'
import { Check, Cpu, Plus, Search, Star } from 'lucide-react'
import { useEffect } from 'react'
import type { ModelInfo, SessionId } from '../../sidecar/contract/index.ts'
import { configure } from '../actions.ts'
import { useModels } from '../stores/models.ts'
import { useOpen } from '../stores/open-session.ts'
import { useUi } from '../stores/ui.ts'
import { priceWords, windowWords } from '../ui/model-facts.ts'

/** Which model answers in this session. */
export function ModelPicker({ sessionId }: { sessionId: SessionId }) {
  const current = useOpen((store) => store.view?.summary.model ?? '')
  const name = useModels((store) => store.models.find((m) => m.ref === current)?.name)
  const open = useUi((ui) => ui.dialog === 'model')
  const setDialog = useUi((ui) => ui.setDialog)
  const choose = (model: string) => {
    setDialog(null)
    if (model !== current) void configure(sessionId, { model })
  }
  return (
    <Popover.Root open={open} onOpenChange={(next) => setDialog(next ? 'model' : null)}>
      <Popover.Trigger data-testid="model-picker" className="picker" aria-label={`Model: ${current}`} title={`Model: ${current}`}>
        <Cpu size={14} className="shrink-0" aria-hidden />
        <span className="max-w-44 truncate">{name ?? (current || 'Model')}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner side="top" align="start" sideOffset={6} className="z-50">
          <Popover.Popup className="popup w-96 overflow-hidden p-0" aria-label="Choose a model">
            <ModelList current={current} onChoose={choose} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

/** Where providers and their keys are. */
function toProviders(): void {
  const { setDialog, setPane } = useUi.getState()
  setDialog(null)
  setPane('settings')
}

function ModelList({ current, onChoose }: { current: string; onChoose(model: string): void }) {
  const models = useModels((store) => store.models)
  const isDefault = useModels((store) => store.default === current)
  const state = useModels((store) => (store.probing ? 'Looking…' : store.found))
  const { probe, load, setDefault } = useModels.getState()
  useEffect(() => void load(), [load])
  const providers = Map.groupBy(models, (model) => model.provider)
  return (
    <Command label="Models" loop className="flex max-h-[inherit] flex-col">
      <Command.Input
        placeholder="Find a model"
        className="h-9 shrink-0 border-b border-line bg-transparent px-3 text-[13px] outline-none placeholder:text-faint"
      />
      <Command.List className="min-h-0 overflow-y-auto p-1">
        <Command.Empty className="px-2 py-3 text-[13px] text-faint">No model of that name</Command.Empty>
        {[...providers].map(([provider, group]) => (
          <Command.Group key={provider} heading={provider}>
            {group.map((model) => (
              <ModelItem key={model.ref} model={model} chosen={model.ref === current} onChoose={onChoose} />
            ))}
          </Command.Group>
        ))}
      </Command.List>
      <div className="shrink-0 border-t border-line p-1">
        <button type="button" className="popup-item hover:bg-hover" onClick={() => probe()}>
          <Search size={14} className="text-soft" aria-hidden /> Look for local servers
        </button>
        {!isDefault && (
          <button type="button" className="popup-item hover:bg-hover" onClick={() => setDefault(current)}>
            <Star size={14} className="text-soft" aria-hidden /> Use this model for new sessions
          </button>
        )}
        <button type="button" className="popup-item hover:bg-hover" onClick={toProviders}>
          <Plus size={14} className="text-soft" aria-hidden /> Add a provider or a key
        </button>
        <p role="status" className={state ? 'px-2 pb-1.5 text-xs text-faint' : 'sr-only'}>
          {state}
        </p>
      </div>
    </Command>
  )
}

function ModelItem({ model, chosen, onChoose }: { model: ModelInfo; chosen: boolean; onChoose(model: string): void }) {
  const facts = [windowWords(model), priceWords(model)].filter(Boolean).join(' · ')
  return (
    <Command.Item value={`${model.ref} ${model.name}`} onSelect={() => onChoose(model.ref)} className="popup-item">
      <span className="min-w-0 flex-1">
        <span className="block truncate">{model.name}</span>
        {model.note && <span className="block text-xs text-faint">{model.note}</span>}
      </span>
      {facts && <span className="shrink-0 text-xs text-faint">{facts}</span>}
      {chosen && <Check size={15} className="shrink-0 text-accent" aria-label="chosen" />}
    </Command.Item>
  )
}
