import { describe, expect, test } from 'vitest'
import { asksOf, cursorAsks, notTextAsksOf } from './asks.ts'
import { idSlots, keySlots, nameSlots } from './doors/api.ts'
import { json } from './doors/http.ts'
import { door } from './doors/served.ts'
import { ids } from './families/ids.ts'
import { keys } from './families/keys.ts'
import { names } from './families/names.ts'
import { oddJson, readAsJson, refusedJson } from './families/payloads.ts'
import { count } from './laws/count.ts'

describe('in every place of the API that takes one', () => {
  test('F1: names', async () => {
    const { askAll } = await door()
    count('api F1', await askAll([...asksOf(names(), nameSlots, 2), ...notTextAsksOf(nameSlots)]))
  })

  test('F2: ids', async () => {
    const { askAll } = await door()
    count('api F2', await askAll([...asksOf(ids(), idSlots, 2), ...notTextAsksOf(idSlots), ...cursorAsks]))
  })

  test('F3: keys', async () => {
    const { askAll } = await door()
    count('api F3', await askAll([...asksOf(keys(), keySlots, 1), ...notTextAsksOf(keySlots)]))
  })

  test('F4: payloads', async () => {
    const { askAll, ask } = await door()
    const { id } = JSON.parse(
      (await ask({ method: 'POST', path: '/v1/jobs', ...json({ name: 'job', input: { a: 1 } }) })).body,
    ) as { id: string }
    const places: ((payload: string) => { path: string; body: string; method?: string })[] = [
      (payload) => ({ path: '/v1/jobs', body: `{"name":"job","input":${payload}}` }),
      (payload) => ({ path: '/v1/jobs/batch', body: `{"jobs":[{"name":"job"},{"name":"job","input":${payload}}]}` }),
      (payload) => ({ path: `/v1/jobs/${id}/rerun`, body: `{"input":${payload}}` }),
      (payload) => ({ path: `/v1/jobs/${id}/rerun`, body: `{"patch":${payload}}` }),
      (payload) => ({
        path: '/v1/schedules/odd',
        method: 'PUT',
        body: `{"everyMs":3600000,"job":{"name":"job","input":${payload}}}`,
      }),
      (payload) => ({ path: '/v1/jobs', body: payload }),
    ]
    const asks = places.flatMap((place) =>
      [...oddJson(), ...readAsJson, ...refusedJson()].map(({ what, value }) => {
        const { path, body, method = 'POST' } = place(value)
        return { what: `${method} ${path} ${what}`, asking: { method, path, ...json(body) } }
      }),
    )
    const events = refusedJson().map(({ what, value }) => ({
      what: `CloudEvent ${what}`,
      asking: {
        method: 'POST',
        path: '/v1/cloudevents',
        headers: { 'content-type': 'application/cloudevents+json' },
        body: `{"specversion":"1.0","id":"1","source":"s","type":"job","data":${value}}`,
      },
    }))
    const refused = refusedJson()
      .filter(({ value }) => value !== '')
      .map(({ what, value }) => ({
        what: `refused ${what}`,
        asking: { method: 'POST', path: '/v1/jobs', ...json(`{"name":"job","input":${value}}`) },
        check: ({ status, body }: { status: number; body: string }) =>
          expect([400, 413, 422], `${status} ${body.slice(0, 200)}`).toContain(status),
      }))
    count('api F4', await askAll([...asks, ...events, ...refused]))
  })
})
