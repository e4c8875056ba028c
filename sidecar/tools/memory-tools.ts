import { calendarAdd, calendarList, calendarRemove, calendarUpdate } from './calendar.ts'
import { knowledgeList, knowledgeRead, knowledgeSearch, knowledgeWrite } from './knowledge.ts'
import type { OpenMemory } from './memory-open.ts'
import { memoryList, memorySearch } from './memory-read.ts'
import { memoryDelete, memorySave, memoryUpdate } from './memory-write.ts'
import { scratchpadClear, scratchpadRead, scratchpadWrite } from './scratchpad.ts'
import type { Tool } from './tool.ts'

/** @param calendarGoesOut whether other programs read the calendar, too */
export function createMemoryTools(open: OpenMemory, calendarGoesOut: boolean): Tool[] {
  const tools = [
    memorySearch,
    memoryList,
    memorySave,
    memoryUpdate,
    memoryDelete,
    scratchpadWrite,
    scratchpadRead,
    scratchpadClear,
    knowledgeSearch,
    knowledgeRead,
    knowledgeWrite,
    knowledgeList,
    calendarList,
    calendarAdd,
    calendarUpdate,
    calendarRemove,
  ]
  return tools.map((create) => create(open, calendarGoesOut) as Tool)
}
