import { describe, expect, it } from 'vitest'
import { anyCallId, CallIds, nineCallId, wordCallId } from '../../sidecar/providers/call-ids.ts'
import { Citations } from '../../sidecar/providers/citations.ts'
import { Said } from '../../sidecar/providers/gather.ts'
import { presetAt, presets } from '../../sidecar/providers/presets.ts'
import { openDetails, ReasoningDetails } from '../../sidecar/providers/reasoning-details.ts'
import { isSealed, seal, unseal } from '../../sidecar/providers/seal.ts'

describe('ids of tool calls', () => {
  it('stay as they are where they are allowed', () => {
    const ids = new CallIds(wordCallId)
    expect([ids.call('toolu_01-A'), ids.result('toolu_01-A')]).toEqual(['toolu_01-A', 'toolu_01-A'])
  })

  it('are made allowed, the same way each time, and never two alike', () => {
    const odd = ['functions.read:0', 'functions read 0', 'functions_read_0', 'x'.repeat(100), '', 'ü']
    for (const shape of [wordCallId, nineCallId, anyCallId]) {
      const spell = () => {
        const ids = new CallIds(shape)
        return odd.map((id) => ids.call(id))
      }
      const spelt = spell()
      expect(spell()).toEqual(spelt)
      expect(new Set(spelt).size).toBe(odd.length)
      for (const id of spelt) expect(id).toMatch(new RegExp(`^[${shape.chars}]{1,${shape.most}}$`))
    }
  })

  it('tell calls of one id apart: a result belongs to the last before it', () => {
    const ids = new CallIds(anyCallId)
    const first = [ids.call('call_0'), ids.result('call_0')]
    const second = [ids.call('call_0'), ids.result('call_0')]
    expect(first[0]).toBe(first[1])
    expect(second[0]).toBe(second[1])
    expect(first[0]).not.toBe(second[0])
  })

  it('are spelt for results without a call too', () => expect(new CallIds(nineCallId).result('lost')).toMatch(/^[a-z0-9]{9}$/))
})

describe('sources', () => {
  it('are named once, and told once', () => {
    const citations = new Citations()
    expect(citations.flush()).toBe('')
    citations.add('A', 'https://a.example/1')
    citations.add('A', 'https://a.example/1')
    citations.add('a document')
    expect(citations.flush()).toBe('\n\nSources: [A](https://a.example/1) · a document')
    expect(citations.flush()).toBe('')
  })

  it('link to nothing but the web, and break out of no link', () => {
    const citations = new Citations()
    citations.add('evil](https://evil.example) [', 'javascript:alert(1)')
    citations.add('paren', 'https://a.example/) [x](https://evil.example')
    citations.add('', 'https://b.example')
    citations.add(null, null)
    expect(citations.flush()).toBe('\n\nSources: evil(https://evil.example)  · paren · [https://b.example](https://b.example)')
  })

  it('are bounded', () => {
    const citations = new Citations()
    for (let i = 0; i < 10_000; i++) citations.add('x'.repeat(1_000) + i, `https://a.example/${i}`)
    expect(citations.flush().length).toBeLessThan(20_000)
  })
})

describe('seals', () => {
  it('open under their own mark only', () => {
    const sealed = seal('gemini', 'SIG:1')
    expect(unseal('gemini', sealed)).toBe('SIG:1')
    expect(unseal('responses', sealed)).toBeUndefined()
    expect(unseal('gemini', undefined)).toBeUndefined()
    expect([isSealed(sealed), isSealed('EqQBCkYIBxgCKkA=')]).toEqual([true, false])
  })

  it('keep the details of a thought, put together, and only where they have to go back', () => {
    const details = new ReasoningDetails()
    details.add([{ type: 'reasoning.text', index: 0, text: 'h' }])
    details.add(null)
    expect(details.flush()).toBeUndefined()
    details.add([
      { type: 'reasoning.text', index: 0, text: 'h' },
      { type: 'reasoning.encrypted', index: 1, data: 'E' },
    ])
    details.add([{ type: 'reasoning.text', index: 0, text: 'm', signature: 'S' }])
    expect(openDetails(details.flush())).toEqual([
      { type: 'reasoning.text', index: 0, text: 'hm', signature: 'S' },
      { type: 'reasoning.encrypted', index: 1, data: 'E' },
    ])
    expect(openDetails('responses:{}')).toEqual([])
  })
})

describe('pieces that come together', () => {
  it('are joined where they are neighbours of one kind', () => {
    const said = new Said()
    said.words('thinking', 'a')
    said.words('thinking', 'b')
    said.add({ type: 'thinkingDone' })
    said.words('text', 'c')
    said.words('text', 'd')
    expect(said.events).toEqual([{ type: 'thinking', text: 'ab' }, { type: 'thinkingDone' }, { type: 'text', text: 'cd' }])
  })
})

describe('what stands at an address', () => {
  it.each([
    ['https://api.groq.com/openai/v1', 'groq'],
    ['https://eu.api.openai.com/v1', 'openai'],
    ['https://mine.openai.azure.com/openai/v1', 'azure'],
    ['https://notapi.groq.com.evil.example/v1', undefined],
    ['https://evilapi.openai.com.example', undefined],
    ['http://127.0.0.1:11434/v1', undefined],
    ['no address', undefined],
  ])('%s is %s', (address, id) => expect(presetAt(address)).toBe(id === undefined ? undefined : presets[id]))
})
