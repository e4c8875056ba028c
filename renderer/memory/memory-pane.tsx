import { useState } from 'react'
import { SessionHeader } from '../chat/session-header.tsx'
import { CalendarTab } from './knowledge-calendar.tsx'
import { EpisodesTab } from './knowledge-episodes.tsx'
import { KnowledgeTab } from './knowledge-tab.tsx'
import { MemoryTabs, type Tab } from './knowledge-tabs.tsx'
import { Memories } from './memory-list.tsx'

/** What Oxbow remembers, what was said, and the person's notes and calendar. */
export function MemoryPane() {
  const [tab, setTab] = useState<Tab>('memories')
  return (
    <main className="flex min-w-0 flex-1 flex-col" aria-label="Memory" data-testid="memory-pane">
      <SessionHeader title="Memory" />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="column flex max-w-[60rem] flex-col gap-4 py-6">
          <MemoryTabs tab={tab} onTab={setTab} />
          {tab === 'memories' && <Memories />}
          {tab === 'episodes' && <EpisodesTab />}
          {tab === 'knowledge' && <KnowledgeTab />}
          {tab === 'calendar' && <CalendarTab />}
        </div>
      </div>
    </main>
  )
}
