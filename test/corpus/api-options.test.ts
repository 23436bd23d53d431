import { expect, test } from 'vitest'
import { momentSlots, numberSlots, tokenSlots } from './doors/api-numbers.ts'
import { json } from './doors/http.ts'
import { door } from './doors/served.ts'
import { labelOf } from './expand.ts'
import { moments, numbers } from './families/options.ts'
import { noZones, patterns, zones } from './families/times.ts'
import { count } from './laws/count.ts'

test('F6: numbers and moments, in every place of the API that takes one', async () => {
  const { askAll, ask } = await door()
  const asks = [
    ...[...numberSlots, ...tokenSlots].flatMap((slot) =>
      numbers.map((text) => ({ what: `${slot.at} ${text}`, asking: slot.ask(text) })),
    ),
    ...momentSlots.flatMap((slot) =>
      moments.map((text) => ({ what: `${slot.at} ${labelOf(text)}`, asking: slot.ask(JSON.stringify(text)) })),
    ),
  ]
  count('api F6', await askAll(asks.filter(({ asking }) => asking.path.length < 10_000)))
  // Whatever was accepted can be looked at.
  for (const path of [
    '/v1/jobs?limit=500',
    '/v1/schedules',
    '/v1/limiters',
    '/v1/queues/l/limits',
    '/v1/bulk',
    '/v1/tokens',
    '/v1/stats',
    '/metrics',
  ]) {
    const { status, body } = await ask({ method: 'GET', path })
    expect([path, status], body.slice(0, 300)).toEqual([path, 200])
  }
})

test('F6: what is out of range is refused, and what is not is kept as it was', async () => {
  const { ask } = await door()
  for (const text of numbers) {
    const { status, body } = await ask({
      method: 'POST',
      path: '/v1/jobs',
      ...json(`{"name":"job","queue":"q","priority":${text}}`),
    })
    const value: unknown = JSON.parse(text)
    expect([text, status], body).toEqual([
      text,
      Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 9 ? 201 : 400,
    ])
    if (status !== 201) continue
    const { id } = JSON.parse(body) as { id: string }
    expect(JSON.parse((await ask({ method: 'GET', path: `/v1/jobs/${id}` })).body)).toMatchObject({
      priority: Math.abs(value as number),
    })
  }
})

test('F7: patterns and zones', async () => {
  const { askAll } = await door()
  const put = (settings: object) => ({
    method: 'PUT',
    path: '/v1/schedules/odd',
    ...json({ ...settings, job: { name: 'job' } }),
  })
  const next = {
    what: 'its next runs',
    asking: { method: 'GET', path: '/v1/schedules/odd?next=30' },
    check: ({ status, body }: { status: number; body: string }) => {
      if (status === 404) return
      const runs = (JSON.parse(body) as { next: string[] }).next.map((at) => Date.parse(at))
      if (runs.some((at, i) => !(at > (runs[i - 1] ?? Date.now() - 60_000))))
        throw new Error(`runs out of order: ${body}`)
    },
  }
  const asks = [
    ...patterns().flatMap((cron) => [
      { what: `cron ${labelOf(cron)}`, asking: put({ cron }) },
      { ...next, what: `next of ${labelOf(cron)}` },
    ]),
    ...zones.flatMap((timeZone) =>
      ['0 2 * * *', '30 2 29 3 *', '* * * * *', '0 0 29 2 MON#5', '0 0 0 29 2 * 2096'].flatMap((cron) =>
        ['skip', 'once', 'both'].flatMap((dst) => [
          { what: `${cron} ${timeZone} ${dst}`, asking: put({ cron, timeZone, dst }) },
          { ...next, what: `next of ${cron} ${timeZone} ${dst}` },
        ]),
      ),
    ),
    ...noZones.map((timeZone) => ({
      what: `zone ${labelOf(timeZone)}`,
      asking: put({ cron: '0 0 * * *', timeZone }),
      check: ({ status }: { status: number }) => expect([400, 413]).toContain(status),
    })),
  ]
  count('api F7', await askAll(asks))
})
