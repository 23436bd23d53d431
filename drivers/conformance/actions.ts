import type * as FastCheck from 'fast-check'
import type { JobState, StoredJob, Verdict } from '../../src/contract/index.ts'
import type { Ability } from './ability.ts'

/** `line` has no groups, `fair` has nothing else. */
export type QueueName = 'line' | 'fair'

/**
 * One step of a random run, as data: a failing run prints the list that shows it. `hand` is which worker; 2 is the
 * mortal one.
 */
export type Action =
  | { kind: 'enqueue'; hand: number; jobs: StoredJob[] }
  | { kind: 'reserve'; hand: number; queue: QueueName; limit: number }
  | { kind: 'settle'; hand: number; picks: number[]; verdict: Verdict }
  | { kind: 'settle stale'; hand: number; pick: number }
  | { kind: 'repeat'; hand: number }
  | { kind: 'reconcile'; hand: number; forget: number[] }
  | { kind: 'reopen'; hand: number }
  | { kind: 'die'; limit: number }
  | { kind: 'pause' | 'resume'; queue: QueueName }
  | { kind: 'limit'; queue: QueueName; concurrencyMax?: number; depthMax?: number; quota?: number }
  | { kind: 'freeze'; queue: QueueName; group: string | undefined; frozen: boolean }
  | { kind: 'cancel' | 'remove' | 'retry'; ids: string[] }
  | { kind: 'purge'; queue: QueueName; states: JobState[] }

/** Few names, so that they meet. */
const ids = Array.from({ length: 30 }, (_, n) => `j${n}`)
const hourMs = 3_600_000

/** Steps that a driver with this ability can take. */
export function actionsOf(fc: typeof FastCheck, able: Ability): FastCheck.Arbitrary<Action> {
  const hand = fc.integer({ min: 0, max: 2 })
  const queue = fc.constantFrom<QueueName>('line', 'fair')
  const pick = fc.nat({ max: 30 })
  const someIds = fc.array(fc.constantFrom(...ids), { minLength: 1, maxLength: 3 })
  const job = jobsOf(fc, able)
  const step = <K extends Action['kind']>(kind: K, fields: Record<string, FastCheck.Arbitrary<unknown>>) =>
    fc.record({ kind: fc.constant(kind), ...fields }) as FastCheck.Arbitrary<unknown> as FastCheck.Arbitrary<Action>
  const always = [
    { weight: 8, arbitrary: step('enqueue', { hand, jobs: fc.array(job, { minLength: 1, maxLength: 5 }) }) },
    { weight: 8, arbitrary: step('reserve', { hand, queue, limit: fc.constantFrom(1, 2, 3, 100) }) },
    {
      weight: 8,
      arbitrary: step('settle', {
        hand,
        picks: fc.array(pick, { minLength: 1, maxLength: 4 }),
        verdict: verdictsOf(fc, able, job),
      }),
    },
    { weight: 1, arbitrary: step('settle stale', { hand, pick }) },
    { weight: 1, arbitrary: step('reopen', { hand }) },
  ]
  const replays = [{ weight: 3, arbitrary: step('repeat', { hand }) }]
  const dies = [
    { weight: 1, arbitrary: step('reconcile', { hand, forget: fc.array(pick, { maxLength: 2 }) }) },
    { weight: 1, arbitrary: step('die', { limit: fc.constantFrom(1, 3, 100) }) },
  ]
  const limits = [
    {
      weight: 2,
      arbitrary: step('limit', {
        queue,
        concurrencyMax: maybe(fc, 1, 3),
        depthMax: maybe(fc, 3, 8),
        quota: maybe(fc, 1, 5),
      }),
    },
    {
      weight: 1,
      arbitrary: step('freeze', { queue, group: fc.constantFrom(undefined, 'a', 'b'), frozen: fc.boolean() }),
    },
  ]
  const acts = [
    { weight: 1, arbitrary: step('pause', { queue }) },
    { weight: 2, arbitrary: step('resume', { queue }) },
    { weight: 1, arbitrary: step('cancel', { ids: someIds }) },
    { weight: 1, arbitrary: step('remove', { ids: someIds }) },
    { weight: 2, arbitrary: step('retry', { ids: someIds }) },
    {
      weight: 1,
      arbitrary: step('purge', {
        queue,
        states: fc.subarray<JobState>(['ready', 'delayed', 'dead', 'done'], { minLength: 1 }),
      }),
    },
  ]
  return fc.oneof(
    ...always,
    ...(able.replay ? replays : []),
    ...(able.sessions ? dies : []),
    ...(able.limits ? limits : []),
    ...(able.inspector ? acts : []),
  )
}

const maybe = (fc: typeof FastCheck, min: number, max: number) =>
  fc.option(fc.integer({ min, max }), { nil: undefined, freq: 2 })

function jobsOf(fc: typeof FastCheck, able: Ability): FastCheck.Arbitrary<StoredJob> {
  const unique = fc.record({
    key: fc.constantFrom('k0', 'k1', 'k2'),
    mode: fc.constantFrom('keep' as const, 'replace' as const),
  })
  const parts = fc.record({
    id: fc.constantFrom(...ids),
    group: fc.constantFrom(undefined, undefined, 'a', 'b', 'c'),
    priority: fc.constantFrom(0, 5, 9),
    body: fc.constantFrom('[]', '1e21', '\u2028', ''),
    late: fc.boolean(),
    unique: fc.option(unique, { nil: undefined, freq: 2 }),
  })
  return parts.map(({ id, group, priority, body, late, unique }) => ({
    id: able.ids === 'queue' && group !== undefined ? `fair-${id}` : id,
    queue: group === undefined ? 'line' : 'fair',
    name: 'work',
    priority,
    body,
    // Due at once or not in this run: what lies between is a matter of the machine's speed, and has laws of its own.
    ...(able.delays && late && priority === 0 ? { due: { inMs: hourMs } } : {}),
    ...(group === undefined ? {} : { group }),
    ...(unique === undefined || !able.unique ? {} : { unique }),
  }))
}

function verdictsOf(
  fc: typeof FastCheck,
  able: Ability,
  job: FastCheck.Arbitrary<StoredJob>,
): FastCheck.Arbitrary<Verdict> {
  const verdict = fc.constantFrom<Verdict>(
    { kind: 'done' },
    { kind: 'done', result: '"r"', keep: { count: 1_000, ageMs: hourMs } },
    { kind: 'retry', error: 'again' },
    { kind: 'release' },
    ...(able.delays ? ([{ kind: 'retry', due: { inMs: hourMs } }] as const) : []),
    ...(able.delays ? ([{ kind: 'release', due: { inMs: hourMs } }] as const) : []),
    { kind: 'dead', reason: 'dead' },
    { kind: 'quarantined', reason: 'quarantined' },
    { kind: 'cancelled', reason: 'cancelled' },
  )
  if (!able.followUps) return verdict
  const followUps = fc.option(fc.array(job, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 1 })
  return fc.tuple(verdict, followUps).map(([verdict, followUps]) => (followUps ? { ...verdict, followUps } : verdict))
}
