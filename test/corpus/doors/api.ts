import { type Asking, json, percent, raw } from './http.ts'

/** A place of the API where somebody's text goes in. */
export interface Slot {
  at: string
  ask: (text: string) => Asking
}

const get = (at: string, path: (text: string) => string): Slot => ({
  at,
  ask: (text) => ({ method: 'GET', path: path(text) }),
})
const send = (at: string, path: (text: string) => string, body?: (text: string) => unknown): Slot => {
  const [method, ...rest] = at.split(' ')
  return {
    at: rest.join(' '),
    ask: (text) => ({ method: method!, path: path(text), ...(body !== undefined && json(body(text))) }),
  }
}
const post = (path: string, field: string, body: (text: string) => unknown): Slot =>
  send(`POST ${path} ${field}`, () => path, body)

/** Where the name of a queue or a job is expected: in paths, queries and bodies. */
export const nameSlots: readonly Slot[] = [
  get('/v1/queues/{queue}', (text) => `/v1/queues/${percent(text)}`),
  get('/v1/queues/{queue} raw', (text) => `/v1/queues/${raw(text)}`),
  get('/v1/queues/{queue}/limits', (text) => `/v1/queues/${percent(text)}/limits`),
  get('/v1/queues/{queue}/next', (text) => `/v1/queues/${percent(text)}/next`),
  get('/v1/queues/{queue}/groups', (text) => `/v1/queues/${percent(text)}/groups`),
  send('POST /v1/queues/{queue}/resume', (text) => `/v1/queues/${percent(text)}/resume`),
  send(
    'PUT /v1/queues/{queue}/concurrency',
    (text) => `/v1/queues/${percent(text)}/concurrency`,
    () => ({ concurrencyMax: 5 }),
  ),
  get('/v1/jobs?queue', (text) => `/v1/jobs?queue=${percent(text)}`),
  get('/v1/jobs?name', (text) => `/v1/jobs?name=${percent(text)}`),
  get('/v1/jobs?{name}', (text) => `/v1/jobs?${percent(text)}=1`),
  get('/v1/history?queue', (text) => `/v1/history?queue=${percent(text)}`),
  get('/v1/events?queue', (text) => `/v1/events?queue=${percent(text)}`),
  get('/v1/audit?queue', (text) => `/v1/audit?queue=${percent(text)}`),
  get('/v1/autoscale?queue', (text) => `/v1/autoscale?queue=${percent(text)}`),
  get('/{path}', (text) => `/${raw(text)}`),
  post('/v1/jobs', 'queue', (queue) => ({ name: 'job', queue })),
  post('/v1/jobs', 'name', (name) => ({ name })),
  post('/v1/jobs', 'unknown field', (field) => ({ name: 'job', [field]: 1 })),
  post('/v1/jobs/batch', 'queue', (queue) => ({ jobs: [{ name: 'job' }, { name: 'job', queue }] })),
  post('/v1/bulk/preview', 'filter.queue', (queue) => ({ action: 'retry', filter: { queue } })),
  post('/v1/tokens', 'name', (name) => ({ name, role: 'read' })),
  post('/v1/tokens', 'queues', (queue) => ({ name: 'scoped', role: 'read', queues: [queue] })),
  send('DELETE /v1/tokens/{name}', (text) => `/v1/tokens/${percent(text)}`),
  send(
    'PUT /v1/schedules job.queue',
    () => '/v1/schedules/named',
    (queue) => ({ everyMs: 60_000, job: { name: 'job', queue } }),
  ),
  { at: 'CloudEvent type', ask: (type) => cloudEvent({ type }) },
  { at: 'CloudEvent fwqueue', ask: (fwqueue) => cloudEvent({ fwqueue }) },
]

/** Where an id, a group, a tenant, a tag, or another text of the user is expected. */
export const idSlots: readonly Slot[] = [
  get('/v1/jobs/{id}', (text) => `/v1/jobs/${percent(text)}`),
  get('/v1/jobs/{id}/result', (text) => `/v1/jobs/${percent(text)}/result?waitMs=1`),
  get('/v1/jobs/{id}/log', (text) => `/v1/jobs/${percent(text)}/log`),
  send('POST /v1/jobs/{id}/cancel', (text) => `/v1/jobs/${percent(text)}/cancel`),
  send(
    'POST /v1/jobs/{id}/rerun',
    (text) => `/v1/jobs/${percent(text)}/rerun`,
    () => ({}),
  ),
  send('DELETE /v1/jobs/{id}', (text) => `/v1/jobs/${percent(text)}`),
  get('/v1/jobs?group', (text) => `/v1/jobs?group=${percent(text)}`),
  get('/v1/jobs?tag', (text) => `/v1/jobs?tag=${percent(text)}`),
  get('/v1/jobs?idPrefix', (text) => `/v1/jobs?idPrefix=${percent(text)}`),
  get('/v1/jobs?error', (text) => `/v1/jobs?error=${percent(text)}`),
  get('/v1/jobs?from', (text) => `/v1/jobs?from=${percent(text)}`),
  get('/v1/jobs?to', (text) => `/v1/jobs?to=${percent(text)}`),
  get('/v1/jobs?cursor', (text) => `/v1/jobs?cursor=${percent(text)}`),
  get('/v1/audit?cursor', (text) => `/v1/audit?cursor=${percent(text)}`),
  get('/v1/audit?actor', (text) => `/v1/audit?actor=${percent(text)}`),
  get('/v1/audit?operation', (text) => `/v1/audit?operation=${percent(text)}`),
  get('/v1/audit?text', (text) => `/v1/audit?text=${percent(text)}`),
  get('/v1/audit?from', (text) => `/v1/audit?from=${percent(text)}`),
  get('/v1/events?job', (text) => `/v1/events?job=${percent(text)}`),
  get('/v1/bulk/{id}', (text) => `/v1/bulk/${percent(text)}`),
  get('/v1/schedules/{id}', (text) => `/v1/schedules/${percent(text)}`),
  send(
    'PUT /v1/schedules/{id}',
    (text) => `/v1/schedules/${percent(text)}`,
    () => ({ everyMs: 3_600_000, job: { name: 'job' } }),
  ),
  send(
    'POST /v1/queues/q/groups/{group}/pause',
    (text) => `/v1/queues/q/groups/${percent(text)}/pause`,
    () => ({ forMs: 1 }),
  ),
  send(
    'PUT /v1/queues/q/groups/{group}/limits',
    (text) => `/v1/queues/q/groups/${percent(text)}/limits`,
    () => ({ settings: {} }),
  ),
  post('/v1/jobs', 'id', (id) => ({ name: 'job', queue: 'q', id })),
  post('/v1/jobs', 'group', (group) => ({ name: 'job', queue: 'q', group })),
  post('/v1/jobs', 'tenant', (tenant) => ({ name: 'job', queue: 'q', tenant })),
  post('/v1/jobs', 'tags', (tag) => ({ name: 'job', queue: 'q', tags: [tag] })),
  post('/v1/jobs', 'header', (value) => ({ name: 'job', queue: 'q', headers: { value } })),
  post('/v1/jobs', 'name of a header', (name) => ({ name: 'job', queue: 'q', headers: { [name]: 'value' } })),
  post('/v1/jobs/batch', 'id', (id) => ({ jobs: [{ name: 'job', queue: 'q', id }] })),
  post('/v1/jobs/results', 'ids', (id) => ({ ids: [id] })),
  post('/v1/actions', 'ids', (id) => ({ action: 'cancel', ids: [id] })),
  post('/v1/bulk/preview', 'filter.group', (group) => ({ action: 'retry', filter: { group } })),
  post('/v1/bulk/preview', 'filter.tag', (tag) => ({ action: 'retry', filter: { tag } })),
  post('/v1/bulk/preview', 'filter.idPrefix', (idPrefix) => ({ action: 'retry', filter: { idPrefix } })),
  post('/v1/bulk/preview', 'filter.error', (error) => ({ action: 'retry', filter: { error } })),
  { at: 'CloudEvent id', ask: (id) => cloudEvent({ id }) },
  { at: 'CloudEvent source', ask: (source) => cloudEvent({ source }) },
  { at: 'CloudEvent subject', ask: (subject) => cloudEvent({ subject }) },
  { at: 'CloudEvent partitionkey', ask: (partitionkey) => cloudEvent({ partitionkey }) },
  {
    at: 'CloudEvent in headers',
    ask: (id) => ({
      method: 'POST',
      path: '/v1/cloudevents',
      headers: { ...binaryEvent, 'ce-id': percent(id) },
      body: '{}',
    }),
  },
]

/** Where a key is expected that is to hold a place. */
export const keySlots: readonly Slot[] = [
  {
    at: 'idempotency-key',
    ask: (text) => ({
      method: 'POST',
      path: '/v1/jobs',
      headers: { 'content-type': 'application/json', 'idempotency-key': headerOf(text) },
      body: '{"name":"job","queue":"keys"}',
    }),
  },
  post('/v1/jobs', 'unique', (unique) => ({ name: 'job', queue: 'keys', unique })),
  post('/v1/jobs', 'unique.key', (key) => ({ name: 'job', queue: 'keys', unique: { key, forMs: 60_000 } })),
  post('/v1/jobs/batch', 'unique', (unique) => ({ jobs: [{ name: 'job', queue: 'keys', unique }] })),
]

/** A text as the bytes of a header; what no header can hold is left out. */
export function headerOf(text: string): string {
  return Buffer.from(text.replace(/[\0-\x08\x0a-\x1f\x7f]/g, '').slice(0, 10_000), 'utf8').toString('latin1')
}

const binaryEvent = {
  'content-type': 'application/json',
  'ce-specversion': '1.0',
  'ce-type': 'job',
  'ce-source': 'test',
}

function cloudEvent(fields: Record<string, unknown>): Asking {
  const event = { specversion: '1.0', id: '1', source: 'test', type: 'job', data: {}, ...fields }
  return {
    method: 'POST',
    path: '/v1/cloudevents',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify(event),
  }
}
