import { beforeAll, describe, expect, test } from 'vitest'
import { SampleWorker } from '../../test/support/dashboard-source.ts'
import type { Snapshot } from '../../src/contract/dashboard.ts'
import { failureGroups } from './failure-groups.ts'
import { ended, type Fleet, nobody, told } from './fleet.ts'
import { type Need, needs, type World } from './needs.ts'

const nowMs = Date.UTC(2026, 4, 4)
let calm: Snapshot

beforeAll(async () => {
  const snapshot = await new SampleWorker({ nowMs: () => nowMs }).snapshot()
  const { blocked: _blocked, zombie: _zombie, ...rest } = snapshot
  const { cutBy: _cutBy, ...fibers } = snapshot.fibers
  calm = {
    ...rest,
    totals: { ...snapshot.totals, stuck: 0, zombies: 0 },
    fibers: { ...fibers, allowed: fibers.concurrency },
    loopDelayMs: { p50: 1, p99: 2, max: 3 },
    memory: { rssBytes: 1, heapUsedBytes: 1, heapLimitBytes: 100 },
  }
})

function fleetOf(...snapshots: Snapshot[]): Fleet {
  const rows = snapshots.map((snapshot, process) => ({ process, pid: 10 + process, snapshot }))
  return told(nobody, rows, nowMs)
}

function found(part: Partial<World>): Pick<Need, 'level' | 'title' | 'text' | 'href'>[] {
  const world = { fleet: nobody, queues: [], failures: [], cut: [], held: [], nowMs, ...part }
  return needs(world).map(({ level, title, text, href }) => ({ level, title, text, href }))
}

const queue = { queue: 'mail', dead: 0, quarantined: 0, paused: false, ready: 0 }

describe('what wants attention', () => {
  test('nothing, on a good day', () => {
    expect(
      found({
        fleet: fleetOf(calm, calm),
        queues: [queue],
        held: [{ queue: 'mail', groups: [{ group: 'a', ready: 3 }] }],
      }),
    ).toEqual([])
  })

  test('a worker that is gone, for ten minutes, unless it was asked to go', () => {
    const killed = ended(fleetOf(calm), 10, { signal: 'SIGKILL' }, nowMs)
    expect(found({ fleet: killed })).toEqual([
      { level: 'human', title: 'worker 0 (pid 10) is gone', text: 'killed by SIGKILL', href: '/workers' },
    ])
    expect(found({ fleet: killed, nowMs: nowMs + 600_001 })).toEqual([])
    expect(found({ fleet: ended(fleetOf(calm), 10, { code: 0 }, nowMs) })).toEqual([])
  })

  test('a job that blocks several workers is one thing, with its line', () => {
    const blocked = (atMs: number, name?: string) =>
      ({
        ...calm,
        blocked: {
          atMs,
          blockedMs: 1_500,
          sure: name === undefined ? 'unknown' : 'exact',
          ...(name !== undefined && { name }),
          at: 'render (file:///srv/app/jobs/report.ts:12:5)',
        },
      }) as Snapshot
    expect(found({ fleet: fleetOf(blocked(nowMs - 5_000, 'report'), blocked(nowMs - 1_000, 'report')) })).toEqual([
      {
        level: 'human',
        title: 'report blocked the loop for 1.50 s',
        text: 'render (jobs/report.ts:12:5), in worker 1 (pid 11) and 1 other',
        href: '/workers',
      },
    ])
    expect(found({ fleet: fleetOf(blocked(nowMs)) })[0]?.title).toBe('Something blocked the loop for 1.50 s')
    expect(found({ fleet: fleetOf(blocked(nowMs - 200_000, 'report')) })).toEqual([])
  })

  test('dead jobs by why, each with the way to them; their number where nobody knows why', () => {
    const dead = (id: string, group: string, error: string) => ({
      id,
      name: 'charge',
      queue: 'mail',
      group,
      error,
      enqueuedAt: new Date(nowMs - Number(error.at(-1))).toISOString(),
    })
    const failures = failureGroups([dead('a', 'acme', 'Error: declined 1'), dead('b', 'acme', 'Error: declined 2')])
    const queues = [{ ...queue, dead: 2 }]
    expect(found({ queues, failures })).toEqual([
      {
        level: 'human',
        title: '2 dead: charge of acme',
        text: 'Error: declined 1',
        href: '/dead?queue=mail&name=charge&error=Error%3A+declined',
      },
    ])
    expect(found({ queues, failures, cut: ['mail'] })[0]?.title).toBe('2+ dead: charge of acme')
    expect(found({ queues })).toEqual([
      {
        level: 'human',
        title: '2 dead jobs',
        text: 'they wait for a decision: run them again, or drop them',
        href: '/dead',
      },
    ])
  })

  test('what ails a process', () => {
    const titles = (change: Partial<Snapshot>) =>
      found({ fleet: fleetOf({ ...calm, ...change }) }).map(({ level, title }) => `${level}: ${title}`)
    expect(titles({ loopDelayMs: { p50: 1, p99: 900, max: 900 } })).toEqual(['watch: The event loop is late'])
    expect(titles({ memory: { rssBytes: 1, heapUsedBytes: 90, heapLimitBytes: 100 } })).toEqual([
      'human: The heap is at 90 %',
    ])
    expect(titles({ totals: { ...calm.totals, stuck: 1, zombies: 2 } })).toEqual([
      'human: 1 job stuck',
      'watch: 2 zombies',
    ])
    expect(
      titles({ zombie: { atMs: nowMs, name: 'poll', left: 'an interval' }, totals: { ...calm.totals, zombies: 1 } }),
    ).toEqual(['watch: 1 zombie'])
    expect(titles({ fibers: { ...calm.fibers, concurrency: 100, allowed: 10, cutBy: 'memory' } })).toEqual([
      'watch: Takes only 10 of 100 jobs',
    ])
    expect(titles({ worker: { ...calm.worker, state: 'paused' } })).toEqual(['watch: worker 0 (pid 10) is paused'])
  })

  test('paused queues and groups that are held back come after what needs a human', () => {
    const held = [
      {
        queue: 'mail',
        groups: [
          { group: 'acme', ready: 9, held: 'rate' },
          { group: 'b', ready: 1 },
        ],
      },
      { queue: 'sms', groups: [{ ready: 2, held: 'frozen' }] },
      {
        queue: 'web',
        groups: [
          { group: 'a', ready: 1, held: 'quota' },
          { group: 'b', ready: 7, held: 'concurrency' },
        ],
      },
    ]
    expect(
      found({
        held,
        queues: [
          { ...queue, paused: true, ready: 4 },
          { ...queue, queue: 'sms', paused: true },
          { ...queue, queue: 'web', dead: 1 },
        ],
      }),
    ).toEqual([
      { level: 'human', title: '1 dead job', text: expect.any(String), href: '/dead' },
      { level: 'watch', title: 'mail is paused', text: '4 jobs ready', href: '/queues/mail' },
      { level: 'watch', title: 'sms is paused', text: 'nothing waits in it', href: '/queues/sms' },
      {
        level: 'watch',
        title: 'acme is held back in mail',
        text: '9 jobs ready, by its rate',
        href: '/groups?queue=mail',
      },
      {
        level: 'watch',
        title: 'Jobs without a group are held back in sms',
        text: '2 jobs ready, by its pause',
        href: '/groups?queue=sms',
      },
      {
        level: 'watch',
        title: '2 groups held back in web',
        text: 'most: b, 7 jobs ready, by its concurrency',
        href: '/groups?queue=web',
      },
    ])
  })
})
