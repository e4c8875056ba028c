import { describe, expect, it } from 'vitest'
import type { Media, ModelMessage, UserContent } from '../../sidecar/providers/index.ts'
import { type AskOptions, ask, END_EVENT, named, play, serve, sse } from '../fixtures/raw-server.ts'

const media = (kind: Media['kind'], mime: string, name: string): UserContent => ({
  type: 'media',
  media: { kind, mime, name, base64: async () => Buffer.from(name).toString('base64') },
})
const data = (name: string) => Buffer.from(name).toString('base64')
const gone: UserContent = {
  type: 'media',
  media: { kind: 'image', mime: 'image/png', name: 'gone.png', base64: () => Promise.reject(new Error('no such file')) },
}
const messages: ModelMessage[] = [
  {
    role: 'user',
    content: [
      { type: 'text', text: 'look' },
      media('image', 'image/png', 'a.png'),
      media('audio', 'audio/mpeg', 'b.mp3'),
      media('audio', 'audio/ogg', 'c.ogg'),
      media('pdf', 'application/pdf', 'd.pdf'),
      media('video', 'video/mp4', 'e.mp4'),
      gone,
    ],
  },
]

const answers = {
  'openai-responses': named({ type: 'response.completed', response: { status: 'completed' } }),
  openai: sse({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
  anthropic: named({ type: 'message_delta', delta: { stop_reason: 'end_turn' } }) + named({ type: 'message_stop' }),
}

async function sent(type: keyof typeof answers, options: AskOptions = {}): Promise<Record<string, unknown>> {
  let body = ''
  const server = await serve((socket, _, told) => {
    body = told
    return play(socket, answers[type])
  })
  expect((await ask(server.url, { type, messages, ...options })).at(-1)).toEqual(END_EVENT)
  return JSON.parse(body) as Record<string, unknown>
}

const NO_VIDEO = "[video: e.mp4 — this model's interface takes no video]"
const GONE = '[image: gone.png — the file could not be read any more]'

describe('files in a message', () => {
  it('go to chat completions as blocks', async () => {
    expect((await sent('openai')).messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${data('a.png')}` } },
          { type: 'input_audio', input_audio: { data: data('b.mp3'), format: 'mp3' } },
          { type: 'text', text: "[audio: c.ogg — this model's interface takes no audio/ogg]" },
          { type: 'file', file: { filename: 'd.pdf', file_data: `data:application/pdf;base64,${data('d.pdf')}` } },
          { type: 'text', text: NO_VIDEO },
          { type: 'text', text: GONE },
        ],
      },
    ])
  })

  it("go to OpenAI's Responses as blocks", async () => {
    expect((await sent('openai-responses')).input).toEqual([
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'look' },
          { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${data('a.png')}` },
          { type: 'input_text', text: "[audio: b.mp3 — this model's interface takes no audio/mpeg]" },
          { type: 'input_text', text: "[audio: c.ogg — this model's interface takes no audio/ogg]" },
          { type: 'input_file', filename: 'd.pdf', file_data: `data:application/pdf;base64,${data('d.pdf')}` },
          { type: 'input_text', text: NO_VIDEO },
          { type: 'input_text', text: GONE },
        ],
      },
    ])
  })

  it('go to Anthropic as blocks', async () => {
    expect((await sent('anthropic')).messages).toMatchObject([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: data('a.png') } },
          { type: 'text', text: "[audio: b.mp3 — this model's interface takes no audio/mpeg]" },
          { type: 'text', text: "[audio: c.ogg — this model's interface takes no audio/ogg]" },
          { type: 'document', title: 'd.pdf', source: { media_type: 'application/pdf', data: data('d.pdf') } },
          { type: 'text', text: NO_VIDEO },
          { type: 'text', text: GONE },
        ],
      },
    ])
  })
})
