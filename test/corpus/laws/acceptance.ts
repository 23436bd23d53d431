import { headerOf } from '../doors/api.ts'
import type { Door } from '../doors/served.ts'
import { ids } from '../families/ids.ts'
import { keys } from '../families/keys.ts'
import { names } from '../families/names.ts'
import { oddJson, readAsJson } from '../families/payloads.ts'
import {
  distinctGroups,
  distinctIds,
  distinctKeys,
  distinctNames,
  distinctQueues,
  distinctTags,
  roundTrips,
} from './distinct.ts'

/** Of the bytes that a header can hold, each once: blanks around them are none of it. */
const headers = [...new Set(keys().map((key) => headerOf(key).replace(/^[ \t]+|[ \t]+$/g, '')))].filter(
  (key) => key !== '' && key.length <= 255,
)

/** Each answers how many were accepted; `least` of them, so that it says something. */
export const acceptanceLaws: Record<string, { of: (door: Door) => Promise<number>; least: number }> = {
  'F1: queues': { of: (served) => distinctQueues(served, names()), least: 20 },
  'F1: job names': { of: (served) => distinctNames(served, names()), least: 20 },
  'F2: ids': { of: (served) => distinctIds(served, ids()), least: 80 },
  'F2: groups': { of: (served) => distinctGroups(served, ids()), least: 80 },
  'F2: tags': { of: (served) => distinctTags(served, ids()), least: 80 },
  'F3: unique keys': {
    of: (served) => distinctKeys(served, keys(), (unique) => ({ body: { name: 'job', queue: 'unique', unique } })),
    least: 60,
  },
  'F3: idempotency keys': {
    of: (served) =>
      distinctKeys(served, headers, (key) => ({
        body: { name: 'job', queue: 'idempotent' },
        headers: { 'idempotency-key': key },
      })),
    least: 60,
  },
  'F4: payloads': {
    of: (served) =>
      roundTrips(
        served,
        [...oddJson(), ...readAsJson].map(({ value }) => value),
      ),
    least: 200,
  },
}
