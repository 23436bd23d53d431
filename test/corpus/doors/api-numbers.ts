import { type Asking, json, percent } from './http.ts'

/** A place of the API that takes a number, or a moment: what goes in is the text of a JSON value. */
export interface NumberSlot {
  at: string
  ask: (text: string) => Asking
}

const body = (at: string, template: string): NumberSlot => {
  const [method, path] = at.split(' ') as [string, string]
  return { at, ask: (text) => ({ method, path, ...json(template.replaceAll('#', () => text)) }) }
}
const job = (field: string, template: string): NumberSlot => ({
  ...body('POST /v1/jobs', `{"name":"job","queue":"q",${template}}`),
  at: `POST /v1/jobs ${field}`,
})
/** In a query there are no quotes. */
const query = (at: string, path: string): NumberSlot => ({
  at,
  ask: (text) => ({ method: 'GET', path: path.replace('#', percent(text.replace(/^"|"$/g, ''))) }),
})

export const momentSlots: readonly NumberSlot[] = [
  job('runAt', '"runAt":#'),
  query('/v1/history?from', '/v1/history?from=#'),
  query('/v1/history?to', '/v1/history?to=#'),
  query('/v1/history?from&to', '/v1/history?to=%2b275760-09-13T00:00:00Z&from=#'),
  query('/v1/history?to with a step', '/v1/history?from=0000-01-01T00:00:00Z&stepMs=1&to=#'),
]

export const numberSlots: readonly NumberSlot[] = [
  job('priority', '"priority":#'),
  job('delayMs', '"delayMs":#'),
  job('runAt', '"runAt":#'),
  job('delayMs and runAt', '"delayMs":#,"runAt":#'),
  job('attempts', '"attempts":#'),
  job('timeoutMs', '"timeoutMs":#'),
  job('unique.forMs', '"unique":{"key":"k","forMs":#}'),
  job('unique.forMs below the delay', '"delayMs":60000,"unique":{"key":"l","forMs":#}'),
  job('backoff.baseMs', '"backoff":{"kind":"exponential","baseMs":#}'),
  job('backoff.maxMs', '"backoff":{"kind":"fixed","baseMs":1,"maxMs":#}'),
  job('keep.count', '"keep":{"count":#,"ageMs":1}'),
  job('keep.ageMs', '"keep":{"count":1,"ageMs":#}'),
  body('PUT /v1/schedules/every', '{"everyMs":#,"job":{"name":"job"}}'),
  body('PUT /v1/schedules/offset', '{"everyMs":60000,"offsetMs":#,"job":{"name":"job"}}'),
  body('PUT /v1/schedules/priority', '{"everyMs":60000,"job":{"name":"job","priority":#}}'),
  body('PUT /v1/queues/l/limits', '{"settings":{"rates":[{"tokens":#,"perMs":1000}]}}'),
  body('PUT /v1/queues/l/limits', '{"settings":{"rates":[{"tokens":1,"perMs":#}]}}'),
  body('PUT /v1/queues/l/limits', '{"settings":{"rates":[{"tokens":1,"perMs":1000,"burst":#}]}}'),
  body('PUT /v1/queues/l/limits', '{"scope":"groups","settings":{"quota":{"jobs":#,"perMs":1000}}}'),
  body('PUT /v1/queues/l/limits', '{"settings":{"quota":{"jobs":1,"perMs":#}}}'),
  body('PUT /v1/queues/l/limits', '{"settings":{"concurrencyMax":#}}'),
  body('PUT /v1/queues/l/limits', '{"settings":{"depthMax":#}}'),
  body('PUT /v1/queues/l/groups/g/limits', '{"settings":{"weight":#}}'),
  body('PUT /v1/queues/l/concurrency', '{"concurrencyMax":#}'),
  body('POST /v1/queues/l/groups/g/pause', '{"forMs":#}'),
  body('POST /v1/bulk', '{"action":"retry","filter":{"queue":"l"},"ratePerSecond":#}'),
  body('POST /v1/bulk/preview', '{"action":"cancel","filter":{"olderThanMs":#}}'),
  body('POST /v1/jobs/results', '{"ids":["none"],"waitMs":#}'),
  body('PUT /v1/processes/concurrency', '{"concurrency":#}'),
  query('/v1/jobs?limit', '/v1/jobs?limit=#'),
  query('/v1/jobs?olderThanMs', '/v1/jobs?olderThanMs=#'),
  query('/v1/queues/q/next?limit', '/v1/queues/q/next?limit=#'),
  query('/v1/queues/q/groups?limit', '/v1/queues/q/groups?limit=#'),
  query('/v1/jobs/none/result?waitMs', '/v1/jobs/none/result?waitMs=#'),
  query('/v1/schedules/every?next', '/v1/schedules/every?next=#'),
  query('/v1/history?stepMs', '/v1/history?stepMs=#'),
  query('/v1/autoscale', '/v1/autoscale?queue=q&drainSeconds=#'),
  query('/v1/audit?limit', '/v1/audit?limit=#'),
]

/** Each makes a token that stands in every later list: asked apart from the others. */
export const tokenSlots: readonly NumberSlot[] = [
  body('POST /v1/tokens', '{"name":"one","role":"read","expiresInMs":#}'),
  body('POST /v1/tokens', '{"name":"two","role":"read","requestsPerSecond":#}'),
]
