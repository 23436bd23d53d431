import { describe, expect, test } from 'vitest'
import { door } from './doors/served.ts'
import { acceptanceLaws } from './laws/acceptance.ts'
import { count } from './laws/count.ts'

describe('what is accepted stays itself, in SQLite', () => {
  test.each(Object.entries(acceptanceLaws))('%s', async (what, { of, least }) => {
    const accepted = await of(await door())
    expect(accepted).toBeGreaterThanOrEqual(least)
    count(`distinct ${what}`, accepted)
  })

  test('F3: CloudEvents of two sources are two, wherever the blank stands; and the same one comes once', async () => {
    const { ask } = await door()
    const send = async (source: string, id: string) => {
      const event = { specversion: '1.0', type: 'job', data: {}, source, id }
      const headers = { 'content-type': 'application/cloudevents+json' }
      const { status, body } = await ask({
        method: 'POST',
        path: '/v1/cloudevents',
        headers,
        body: JSON.stringify(event),
      })
      return { status, id: (JSON.parse(body) as { jobs: { id: string }[] }).jobs[0]!.id }
    }
    const long = 'x'.repeat(1_000)
    const pairs = [
      ['a', 'b c'],
      ['a b', 'c'],
      ['a b c', 'd'],
      ['a', 'b'],
      ['A', 'b'],
      ['a"', ',"b'],
      ['a', '"'],
      [long, 'a'],
      [long, 'b'],
    ]
    const first = await Promise.all(pairs.map(([source, id]) => send(source!, id!)))
    expect(new Set(first.map(({ id }) => id)).size).toBe(pairs.length)
    expect(await Promise.all(pairs.map(([source, id]) => send(source!, id!)))).toEqual(
      first.map(({ id }) => ({ status: 200, id })),
    )
  })
})
