import { describe, expect, test } from 'vitest'
import type { TerminalState } from '../../src/contract/job.ts'
import { check, type Found, type History } from './check.ts'
import type { Ending, Event } from './events.ts'

const leaseMs = 2_000
const [a, b] = [101, 102]

function start(atMs: number, pid: number, run: string, crashes = 0): Event {
  return { atMs, pid, kind: 'start', id: 'job', run, attempt: 1, crashes }
}
function end(atMs: number, pid: number, run: string, how: Ending = 'returned'): Event {
  return { atMs, pid, kind: 'end', run, how }
}
function fault(atMs: number, pid: number, kind: 'kill' | 'term' | 'pause' | 'resume' | 'revoked'): Event {
  return { atMs, pid, kind }
}
function history(events: Event[], found: Partial<Found> | undefined, expected: TerminalState = 'done'): History {
  const record = found === undefined ? [] : [['job', { state: 'done', attempts: 1, crashes: 0, ...found }] as const]
  return { events, enqueued: new Map([['job', expected]]), found: new Map(record), leaseMs }
}

const once = [start(0, a, 'r1'), end(100, a, 'r1')]
const killed = [start(0, a, 'r1'), fault(50, a, 'kill')]

const good: Record<string, History> = {
  'one execution': history(once, { run: 'r1' }),
  'a kill, and again after the lease': history([...killed, start(2_500, b, 'r2', 1), end(2_600, b, 'r2')], {
    run: 'r2',
    crashes: 1,
  }),
  'a kill between return and verdict': history(
    [...once, fault(150, a, 'kill'), start(2_500, b, 'r2', 1), end(2_600, b, 'r2')],
    { run: 'r2', crashes: 1 },
  ),
  'begun while the kill was on its way': history(
    [fault(0, a, 'kill'), start(1, a, 'r1'), start(2_500, b, 'r2', 1), end(2_600, b, 'r2')],
    { run: 'r2', crashes: 1 },
  ),
  'a kill after the verdict': history([...once, fault(5_000, a, 'kill')], { run: 'r1' }),
  'given back by a shutdown, and again at once': history(
    [start(0, a, 'r1'), fault(50, a, 'term'), end(60, a, 'r1', 'stopped'), start(70, b, 'r2'), end(90, b, 'r2')],
    { run: 'r2' },
  ),
  'a failure and a retry': history(
    [start(0, a, 'r1'), end(10, a, 'r1', 'threw'), start(20, a, 'r2'), end(30, a, 'r2')],
    { run: 'r2', attempts: 2 },
  ),
  'a kill between a failure and its verdict': history(
    [start(0, a, 'r1'), end(10, a, 'r1', 'threw'), fault(15, a, 'kill'), start(2_500, b, 'r2', 1), end(2_600, b, 'r2')],
    { run: 'r2', crashes: 1 },
  ),
  'a pause past the lease; the late one changes nothing': history(
    [
      start(0, a, 'r1'),
      fault(50, a, 'pause'),
      start(2_500, b, 'r2', 1),
      end(2_600, b, 'r2'),
      fault(4_000, a, 'resume'),
      end(4_001, a, 'r1'),
    ],
    { run: 'r2', crashes: 1 },
  ),
  'reserved before a pause, begun after it on a loan that is lost': history(
    [
      fault(50, a, 'pause'),
      fault(4_000, a, 'resume'),
      start(4_001, a, 'r1'),
      fault(4_005, a, 'revoked'),
      end(4_100, a, 'r1', 'stopped'),
      start(4_050, b, 'r2', 1),
      end(4_200, b, 'r2'),
    ],
    { run: 'r2', crashes: 1 },
  ),
  'the same, when another one had ended it meanwhile': history(
    [
      fault(50, a, 'pause'),
      start(2_500, b, 'r2', 1),
      end(2_600, b, 'r2'),
      fault(4_000, a, 'resume'),
      start(4_001, a, 'r1'),
      fault(4_005, a, 'revoked'),
      end(4_100, a, 'r1', 'stopped'),
    ],
    { run: 'r2', crashes: 1 },
  ),
  poison: history(
    [...killed, start(2_500, b, 'r2', 1), fault(2_600, b, 'kill')],
    { state: 'quarantined', crashes: 2 },
    'quarantined',
  ),
  'reserved when its process died, never started there': history(
    [fault(50, a, 'kill'), start(2_500, b, 'r2', 1), end(2_600, b, 'r2')],
    { run: 'r2', crashes: 1 },
  ),
}

const bad: Record<string, [History, RegExp]> = {
  'no record': [history(once, undefined), /lost: the store has no record/],
  'still waiting': [history(once, { state: 'ready' }), /still ready/],
  'still running': [history(once, { state: 'running' }), /still running/],
  'dead instead of done': [history(once, { state: 'dead' }), /is dead and should be done/],
  'an innocent in quarantine': [history(once, { state: 'quarantined' }), /quarantined and should be done/],
  'poison that is done': [history(once, { run: 'r1' }, 'quarantined'), /is done and should be quarantined/],
  'done and never run': [history([], {}), /never run/],
  'done, and its execution never ended': [history([start(0, a, 'r1')], { run: 'r1' }), /did not return/],
  'done by an execution that was stopped': [
    history([start(0, a, 'r1'), end(1, a, 'r1', 'stopped')], { run: 'r1' }),
    /did not return/,
  ],
  'run by two workers': [history([...once, start(10, b, 'r2'), end(90, b, 'r2')], { run: 'r2' }), /without a cause/],
  'run again after it returned': [
    history([...once, start(5_000, a, 'r2'), end(5_100, a, 'r2')], { run: 'r2' }),
    /without a cause/,
  ],
  'run again by a worker that was told to end, after it returned': [
    history([...once, fault(150, a, 'term'), start(300, b, 'r2'), end(400, b, 'r2')], { run: 'r2' }),
    /without a cause/,
  ],
  'the kill of somebody else is no cause': [
    history(
      [start(0, a, 'r1'), fault(50, 103, 'kill'), end(100, a, 'r1'), start(2_500, b, 'r2'), end(2_600, b, 'r2')],
      { run: 'r2' },
    ),
    /without a cause/,
  ],
  'a kill long after it returned is no cause': [
    history([...once, fault(3_000, a, 'kill'), start(6_000, b, 'r2', 1), end(6_100, b, 'r2')], {
      run: 'r2',
      crashes: 1,
    }),
    /without a cause/,
  ],
  'taken before the lease ended': [
    history([...killed, start(500, b, 'r2', 1), end(600, b, 'r2')], { run: 'r2', crashes: 1 }),
    /lease of r1 still held/,
  ],
  'a late settle that was taken': [
    history(
      [
        start(0, a, 'r1'),
        fault(50, a, 'pause'),
        start(2_500, b, 'r2', 1),
        fault(2_550, a, 'resume'),
        end(2_560, a, 'r1'),
        end(2_600, b, 'r2'),
      ],
      { run: 'r1', crashes: 1 },
    ),
    /holds the result of r1, and r2 had the newest loan/,
  ],
  'begun anew after the pause, when it had learned of its loss': [
    history(
      [
        fault(50, a, 'pause'),
        fault(4_000, a, 'resume'),
        fault(4_005, a, 'revoked'),
        start(4_010, a, 'r1'),
        end(4_100, a, 'r1'),
        start(4_500, b, 'r2', 1),
        end(4_600, b, 'r2'),
      ],
      { run: 'r2', crashes: 1 },
    ),
    /r2 began without a cause while r1 had returned/,
  ],
  'begun anew after a pause that cost it nothing': [
    history(
      [
        start(0, b, 'r2'),
        end(30, b, 'r2'),
        fault(50, a, 'pause'),
        fault(60, a, 'resume'),
        start(70, a, 'r1'),
        end(80, a, 'r1'),
      ],
      { run: 'r1' },
    ),
    /r1 began without a cause while r2 had returned/,
  ],
  'a result of nobody': [history(once, {}), /holds the result of nobody/],
  'an attempt burned by a shutdown': [
    history([start(0, a, 'r1'), end(60, a, 'r1', 'stopped'), start(70, b, 'r2'), end(90, b, 'r2')], {
      run: 'r2',
      attempts: 2,
    }),
    /counts 2 attempts, and 0/,
  ],
  'an attempt burned by a crash': [
    history([...killed, start(2_500, b, 'r2', 1), end(2_600, b, 'r2')], { run: 'r2', crashes: 1, attempts: 2 }),
    /counts 2 attempts/,
  ],
  'a failure that was not counted': [
    history([start(0, a, 'r1'), end(10, a, 'r1', 'threw'), start(20, a, 'r2'), end(30, a, 'r2')], { run: 'r2' }),
    /counts 1 attempts, and 1/,
  ],
  'a crash that was not counted': [
    history([...killed, start(2_500, b, 'r2'), end(2_600, b, 'r2')], { run: 'r2' }),
    /counts 0 crashes, and 1/,
  ],
  'a crash out of nothing': [history(once, { run: 'r1', crashes: 1 }), /counts 1 crashes, and there were 0/],
}

describe('the history checker', () => {
  test.each(Object.entries(good))('accepts %s', (_, given) => expect(check(given).problems).toEqual([]))

  test.each(Object.entries(bad))('finds %s', (_, [given, problem]) => {
    expect(check(given).problems.join('\n')).toMatch(problem)
  })

  test('finds a job that nobody enqueued', () => {
    const given = history(once, { run: 'r1' })
    expect(check({ ...given, enqueued: new Map(), found: new Map() }).problems).toEqual([
      'job: ran, and nobody had enqueued it',
    ])
  })

  test('sorts what it finds', () => {
    expect(check(bad['still running']![0]).wrong).toMatchObject({ lost: 1, unexplained: 0 })
    expect(check(bad['run by two workers']![0]).wrong).toMatchObject({ lost: 0, unexplained: 1 })
    expect(check(bad['a late settle that was taken']![0]).wrong).toMatchObject({ staleAccepted: 1 })
  })

  test('tells what it has seen', () => {
    const { seen } = check(good['a pause past the lease; the late one changes nothing']!)
    expect(seen).toMatchObject({ runs: 2, again: 1, tooLate: 1, cutOff: 0, crashesMax: 1, ended: { done: 1 } })
    expect(seen.recoveryMs).toEqual([2_450])
    expect(check(good['poison']!).seen).toMatchObject({ cutOff: 2, ended: { quarantined: 1 } })
  })
})
