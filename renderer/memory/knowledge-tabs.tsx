export const TABS = { memories: 'Memories', episodes: 'Conversations', knowledge: 'Knowledge', calendar: 'Calendar' } as const
export type Tab = keyof typeof TABS

/** What the pane shows: what was learned, what was said, the person's notes, their calendar. */
export function MemoryTabs({ tab, onTab }: { tab: Tab; onTab(tab: Tab): void }) {
  return (
    <nav aria-label="Kinds of memory" className="flex flex-wrap gap-1">
      {(Object.keys(TABS) as Tab[]).map((name) => (
        <button
          key={name}
          type="button"
          className={`button ${tab === name ? 'font-semibold' : 'border-transparent text-soft'}`}
          aria-current={tab === name ? 'page' : undefined}
          onClick={() => onTab(name)}
        >
          {TABS[name]}
        </button>
      ))}
    </nav>
  )
}
