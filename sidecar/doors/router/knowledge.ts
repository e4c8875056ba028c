import type { Services } from '../services.ts'
import type { Implementer } from './implement.ts'

export function knowledgeRouter(os: Implementer['knowledge'], { memory, media }: Services) {
  const notes = async () => (await memory()).knowledge
  return {
    list: os.list.handler(async ({ input }) => (await notes()).list(input)),
    search: os.search.handler(async ({ input: { query, limit } }) => ({
      query,
      pieces: await (await notes()).search(query, limit),
    })),
    read: os.read.handler(async ({ input }) => (await notes()).read(input.path)),
    links: os.links.handler(async ({ input }) => (await notes()).links(input.path)),
    write: os.write.handler(async ({ input }) => (await notes()).write(input.path, input.text)),
    add: os.add.handler(async ({ input: { hash, name, own } }) => {
      const file = await media.read(hash, 'original')
      return (await notes()).add(name ?? file.name, new Uint8Array(await file.arrayBuffer()), own)
    }),
  }
}
