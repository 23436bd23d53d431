import { expect } from 'vitest'
import type { Door } from '../doors/served.ts'
import { json, percent } from '../doors/http.ts'

/**
 * Names that are accepted never collide: what was enqueued under one is found under it, and under no other. Each answers how many were
 * accepted, so that a test can see that some were.
 */

interface Submitted {
  id: string
  outcome: string
}

const post = (body: unknown) => ({ method: 'POST', path: '/v1/jobs', ...json(body) })

async function submitted(
  door: Door,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Submitted | undefined> {
  const asking = post(body)
  const { status, body: text } = await door.ask({ ...asking, headers: { ...asking.headers, ...headers } })
  if (status >= 500) throw new Error(`${status} ${text}`)
  return status < 300 ? (JSON.parse(text) as Submitted) : undefined
}

async function read<Answer>(door: Door, path: string): Promise<Answer> {
  const { status, body } = await door.ask({ method: 'GET', path })
  if (status !== 200) throw new Error(`${path}: ${status} ${body}`)
  return JSON.parse(body) as Answer
}

/** Ids: each finds its own job, with the input that it was given. */
export async function distinctIds(door: Door, texts: readonly string[]): Promise<number> {
  const accepted: { id: string; n: number }[] = []
  for (const [n, id] of texts.entries()) {
    const sent = await submitted(door, { name: 'job', queue: 'ids', id, input: n })
    if (sent === undefined) continue
    expect(sent, JSON.stringify(id)).toMatchObject({ id, outcome: 'added' })
    accepted.push({ id, n })
  }
  for (const { id, n } of accepted) {
    // A client resolves a lone `.` or `..` by itself, however it is written.
    expect(await read(door, `/v1/jobs/${percent(id)}`), JSON.stringify(id)).toMatchObject({ id, input: n })
    expect(await submitted(door, { name: 'job', queue: 'ids', id, input: -1 })).toMatchObject({
      id,
      outcome: 'duplicate',
    })
  }
  return accepted.length
}

/** Queues: each lists and counts its own job alone. */
export async function distinctQueues(door: Door, texts: readonly string[]): Promise<number> {
  return distinctLists(door, texts, 'queue', (queue) => ({ name: 'job', queue }))
}

/** Names of jobs, in one queue. */
export async function distinctNames(door: Door, texts: readonly string[]): Promise<number> {
  return distinctLists(door, texts, 'name', (name) => ({ name, queue: 'names' }))
}

export async function distinctGroups(door: Door, texts: readonly string[]): Promise<number> {
  const accepted = await distinctLists(door, texts, 'group', (group) => ({ name: 'job', queue: 'groups', group }))
  for (const group of ['__proto__', 'constructor', 'toString']) {
    const path = `/v1/queues/groups/groups/${percent(group)}/limits`
    const { status, body } = await door.ask({ method: 'PUT', path, ...json({ settings: { concurrencyMax: 7 } }) })
    expect(status, body).toBe(200)
    expect(Object.entries((JSON.parse(body) as { group: object }).group)).toContainEqual([group, { concurrencyMax: 7 }])
  }
  return accepted
}

export async function distinctTags(door: Door, texts: readonly string[]): Promise<number> {
  return distinctLists(door, texts, 'tag', (tag) => ({ name: 'job', queue: 'tags', tags: [tag] }))
}

async function distinctLists(
  door: Door,
  texts: readonly string[],
  field: string,
  body: (text: string) => object,
): Promise<number> {
  const accepted: { text: string; id: string }[] = []
  for (const text of texts) {
    const sent = await submitted(door, body(text))
    if (sent !== undefined) accepted.push({ text, id: sent.id })
  }
  for (const { text, id } of accepted) {
    const { jobs } = await read<{ jobs: Record<string, unknown>[] }>(
      door,
      `/v1/jobs?${field}=${percent(text)}&limit=500`,
    )
    // The names of queues lie in what other tests of this store have enqueued too.
    const own = jobs.filter((job) => accepted.some((one) => one.id === job['id']))
    expect(
      own.map((job) => job['id']),
      `${field} ${JSON.stringify(text)}`,
    ).toEqual([id])
  }
  return accepted.length
}

/** Unique and idempotency keys: two that differ in a byte hold two places, and the same one holds one. */
export async function distinctKeys(
  door: Door,
  texts: readonly string[],
  say: (key: string) => { body: object; headers?: Record<string, string> },
): Promise<number> {
  const accepted: { text: string; id: string }[] = []
  for (const text of texts) {
    const { body, headers } = say(text)
    const sent = await submitted(door, body, headers)
    if (sent === undefined) continue
    const holder = accepted.find(({ id }) => id === sent.id)?.text
    expect({ text, outcome: sent.outcome, holder }).toEqual({ text, outcome: 'added', holder: undefined })
    accepted.push({ text, id: sent.id })
  }
  for (const { text, id } of accepted) {
    const { body, headers } = say(text)
    expect(await submitted(door, body, headers), JSON.stringify(text)).toMatchObject({ id, outcome: 'duplicate' })
  }
  return accepted.length
}

/** Payloads: what was accepted comes back as it was, by the API and to the handler. */
export async function roundTrips(door: Door, texts: readonly string[]): Promise<number> {
  const accepted: { text: string; id: string }[] = []
  for (const text of texts) {
    const sent = await submitted(door, `{"name":"job","queue":"payloads","input":${text}}`)
    if (sent !== undefined) accepted.push({ text, id: sent.id })
  }
  const told = new Map<string, string>()
  for (const { text, id } of accepted) {
    const { body } = await door.ask({ method: 'GET', path: `/v1/jobs/${id}?reveal=true` })
    told.set(id, body)
    const { input } = JSON.parse(body) as { input?: unknown }
    expect(JSON.stringify(input), text).toBe(JSON.stringify(JSON.parse(text)))
  }
  return accepted.length
}
