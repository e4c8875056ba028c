import { describe, expect, it } from 'vitest'
import { placeIn } from '../../sidecar/policy/index.ts'
import { fileAt, placesNamed } from '../../sidecar/policy/named-file.ts'

describe('what a path of a call names', () => {
  it.each([
    ['/home/a/project', 'x/.env', '/home/a/project/x/.env'],
    ['/home/a/project', '/workspace/x/.env', '/home/a/project/x/.env'],
    ['/home/a/project', '/workspace', '/home/a/project'],
    ['/home/a/project', '/workspace/../etc/passwd', '/etc/passwd'],
    ['/home/a/project', '/workspace2/x', '/workspace2/x'],
    ['/home/a/project', '/shared/x', '/shared/x'],
    ['/workspace', '/workspace/x', '/workspace/x'],
    ['/workspace/project', '/workspace/project/x', '/workspace/project/x'],
    ['/workspace/project', '/workspace/x', '/workspace/x'],
  ])('from %s, %s is %s', (workspace, path, place) => {
    expect(placeIn(workspace, path)).toBe(place)
  })

  it('is the same to a rule by whichever name the workspace is called', () => {
    for (const path of ['keys/.env', './keys/.env', '/workspace/keys/.env', '/home/a/project/keys/.env'])
      expect(placesNamed({ path }, '/home/a/project').map((place) => fileAt(place, '/home/a/project').name)).toEqual([
        'keys/.env',
      ])
  })
})
