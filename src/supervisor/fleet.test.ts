import { describe, expect, test, vi } from 'vitest'
import { pidsOf, quick, supervise, urlIn } from '../../test/support/supervising.ts'
import { systemEnv } from '../base/env.ts'
import type { EventWish, Question, StreamEvent } from '../contract/fleet.ts'
import { EventFlow } from './event-flow.ts'
import { fleetOverLink } from './fleet.ts'
import type { Link } from './link.ts'
import type { ToProcess, ToSupervisor } from './messages.ts'

describe('the workers, asked by their supervisor', () => {
  test('each answers, with its place and pid; the value reaches it', async () => {
    const { supervisor } = supervise({}, { processes: 2 })
    const pids = await pidsOf(supervisor, 2)
    const { answers, missing } = await supervisor.ask('setConcurrency', { concurrency: 7 })
    expect(answers.toSorted((a, b) => a.process - b.process)).toEqual([
      { process: 0, pid: pids[0], answer: 7 },
      { process: 1, pid: pids[1], answer: 7 },
    ])
    expect(missing).toEqual([])
    expect((await supervisor.ask('jobLog', { id: 'x' })).answers[0]).toMatchObject({ answer: undefined })
  })

  test('who cannot answer is missing, and says why', async () => {
    const { supervisor } = supervise({})
    const [pid] = await pidsOf(supervisor, 1)
    const missing = async (question: Question, value?: unknown) =>
      (await supervisor.ask(question, value as never)).missing
    expect(await missing('snapshot')).toEqual([`the worker process ${pid} could not answer: The worker is starting.`])
    expect(await missing('jobLog', { id: 'large' })).toEqual([expect.stringMatching(/answer has 17\d+ characters/)])
    expect(await missing('toString' as Question)).toEqual([expect.stringContaining('does not know what "toString" is')])
  })

  test('a blocked one does not keep the others', async () => {
    const { supervisor } = supervise({ blocked: true, place: 1 }, { processes: 2 })
    await vi.waitFor(async () => {
      const { answers, missing } = await supervisor.ask('health', undefined)
      expect([answers.map(({ process }) => process), missing]).toEqual([
        [0],
        [expect.stringMatching(/worker process \d+ does not answer/)],
      ])
    }, 10_000)
  })

  test('more questions at once than may be open are not answered, and the next ones are', async () => {
    const { supervisor } = supervise({})
    await pidsOf(supervisor, 1)
    const all = await Promise.all(Array.from({ length: 300 }, () => supervisor.ask('health', undefined)))
    expect(all.filter(({ answers }) => answers.length === 1)).toHaveLength(256)
    await pidsOf(supervisor, 1)
  })
})

describe('who watches', () => {
  test('hears all of them, also one that is started anew; nothing is sent once nobody does', async () => {
    const { supervisor, said } = supervise({}, { processes: 2, env: quick })
    const pids = await pidsOf(supervisor, 2)
    const heard = new Set<unknown>()
    const ends: StreamEvent[] = []
    let batches = 0
    const end = supervisor.watch((events) => {
      batches++
      ends.push(...events.filter(({ event }) => event.startsWith('process.')))
      for (const { data } of events) heard.add(data['pid'])
    }, 'all')
    await vi.waitFor(() => expect(heard).toEqual(new Set(pids)), 5_000)
    process.kill(pids[1]!, 'SIGKILL')
    await vi.waitFor(() => expect(said).toHaveLength(1), 5_000)
    const [, next] = await pidsOf(supervisor, 2)
    await vi.waitFor(() => expect(heard).toContain(next), 5_000)
    expect(ends).toMatchObject([
      { event: 'process.ended', data: { process: 1, pid: pids[1], code: null, signal: 'SIGKILL' } },
      { event: 'process.up', data: { process: 1, pid: next } },
    ])
    end()
    // What is on its way still comes.
    await new Promise((resolve) => setTimeout(resolve, 200))
    const before = batches
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(batches).toBe(before)
  })
})

describe('the API process', () => {
  test('asks the workers over the supervisor, and answers until the last of them has ended', async () => {
    const { supervisor, said } = supervise({ deaf: true, place: 1 }, { processes: 2, api: true })
    const url = await urlIn(said)
    const pids = await pidsOf(supervisor, 2)
    expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({
      ok: true,
      workers: pids.map((pid) => ({ pid })),
    })
    supervisor.stop(1, 'SIGTERM')
    await vi.waitFor(async () => {
      expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({ ok: true, workers: [{ pid: pids[1] }] })
    }, 5_000)
    process.kill(pids[1]!, 'SIGKILL')
    await supervisor.ended
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed')
  })

  test('says what is missing, and that a worker is about to be restarted', async () => {
    const { said } = supervise({ exit: 70 }, { api: true })
    const url = await urlIn(said)
    await vi.waitFor(async () => {
      const answer = await fetch(`${url}/healthz`)
      expect([answer.status, ((await answer.json()) as { reasons: string[] }).reasons]).toEqual([
        503,
        ['a worker process has crashed and is about to be restarted'],
      ])
    }, 5_000)
  })

  test('hears what happens in the workers while it watches, and what becomes of the processes', async () => {
    const { supervisor, said } = supervise({ api: { watch: true } }, { api: true, env: quick })
    const url = await urlIn(said)
    const [pid] = await pidsOf(supervisor, 1)
    const reasons = async () => ((await (await fetch(`${url}/healthz`)).json()) as { reasons: string[] }).reasons
    await vi.waitFor(async () => expect(await reasons()).toContain('job.ended'), 5_000)
    process.kill(pid!, 'SIGKILL')
    await vi.waitFor(async () => expect(await reasons()).toContain('process.ended'), 5_000)
  })

  test('can ask for a reload, and is answered before it is replaced itself', async () => {
    const { supervisor, said } = supervise(
      { wanted: { processes: 1, api: true }, api: { reload: true, deaf: true } },
      { api: true },
    )
    const url = await urlIn(said)
    const [before] = await pidsOf(supervisor, 1)
    await vi.waitFor(async () => {
      const { reasons } = (await (await fetch(`${url}/healthz`)).json()) as { reasons: string[] }
      expect(reasons).toContain('{"replaced":1,"processes":1}')
    }, 10_000)
    expect(await pidsOf(supervisor, 1)).not.toContain(before)
  })

  test('is restarted when it falls, and the workers do not notice', async () => {
    const { supervisor, said } = supervise({ api: { kill: 'SIGKILL' } }, { api: true, env: quick })
    const [pid] = await pidsOf(supervisor, 1)
    await vi.waitFor(
      () => expect(said.filter((text) => /API process \d+ was killed/.test(text)).length).toBeGreaterThan(1),
      10_000,
    )
    expect(await pidsOf(supervisor, 1)).toEqual([pid])
    supervisor.stop(1, 'enough')
    expect(await supervisor.ended).toMatchObject({ code: 0 })
  })

  test('that cannot begin ends all, with its error', async () => {
    const { supervisor } = supervise({ api: { up: false, failed: 'the port is taken', exit: 78 } }, { api: true })
    expect(await supervisor.ended).toMatchObject({ code: 78, failure: { message: 'the port is taken' } })
  })
})

/** The two ends of a line, without processes. */
function line() {
  const sent: ToSupervisor[] = []
  const listeners = new Map<string, (message: never) => void>()
  const link = {
    send: async (message: ToSupervisor) => void sent.push(message),
    hear: (kind: string, listener: (message: never) => void) => void listeners.set(kind, listener),
  } as unknown as Link
  const tell = (message: ToProcess) => listeners.get(message.kind)?.(message as never)
  return { link, sent, tell }
}

describe('the API end of the line', () => {
  test('a supervisor that does not answer', async () => {
    const { link } = line()
    const fleet = fleetOverLink(link, quick)
    expect(await fleet.ask('health', undefined)).toEqual({ answers: [], missing: ['the supervisor does not answer'] })
  })

  test('answers find their questions; a late one is dropped', async () => {
    const { link, sent, tell } = line()
    const fleet = fleetOverLink(link, systemEnv)
    const asked = [fleet.ask('pause', undefined), fleet.ask('setConcurrency', { concurrency: 2 })]
    expect(sent).toEqual([
      { kind: 'askAll', ask: 1, question: 'pause', json: undefined },
      { kind: 'askAll', ask: 2, question: 'setConcurrency', json: '{"concurrency":2}' },
    ])
    const told = (json: string) => ({ answers: [{ process: 3, pid: 1, json }], missing: [] })
    tell({ kind: 'answers', ask: 2, told: told('2') })
    tell({ kind: 'answers', ask: 1, told: told('true') })
    tell({ kind: 'answers', ask: 1, told: told('false') })
    expect(await Promise.all(asked)).toMatchObject([
      { answers: [{ process: 3, answer: true }] },
      { answers: [{ answer: 2 }] },
    ])
  })

  test('the supervisor is told what all who watch want, when it changes and when nobody does any more', () => {
    const { link, sent, tell } = line()
    const fleet = fleetOverLink(link, systemEnv)
    const heard: StreamEvent[][] = [[], []]
    const watch = (at: number, wish: EventWish) => fleet.watch((events) => void heard[at]!.push(...events), wish)
    const first = watch(0, ['queue', 'process'])
    const event = { event: 'process.up', atMs: 1, data: {} }
    const second = watch(1, ['process'])
    tell({ kind: 'events', events: [event] })
    expect(heard).toEqual([[event], [event]])
    const third = watch(1, 'all')
    for (const end of [first, third, third, second]) end()
    expect(sent.map((message) => (message as { wish?: EventWish }).wish)).toEqual([
      ['process', 'queue'],
      'all',
      ['process'],
      undefined,
    ])
  })

  test('a reload is answered by what came of it', async () => {
    const { link, tell } = line()
    const reloading = fleetOverLink(link, systemEnv).reload!()
    tell({ kind: 'reloaded', ask: 1, reloaded: { replaced: 2, processes: 2 } })
    expect(await reloading).toEqual({ replaced: 2, processes: 2 })
  })
})

test('a reader that does not keep up misses events, and is told how many', async () => {
  const sent: { events: StreamEvent[]; arrive: () => void }[] = []
  const flow = new EventFlow(
    systemEnv,
    (events) => new Promise<void>((resolve) => void sent.push({ events, arrive: resolve })),
  )
  const event = { event: 'job.ended', atMs: 1, data: {} }
  for (let n = 0; n < 6; n++) flow.push([event, event])
  flow.push([event, { event: 'events.dropped', atMs: 1, data: { count: 100 } }])
  expect(sent).toHaveLength(4)
  sent[0]!.arrive()
  await new Promise((resolve) => setImmediate(resolve))
  flow.push([event])
  expect(sent[4]!.events).toMatchObject([{ event: 'job.ended' }, { event: 'events.dropped', data: { count: 105 } }])
  sent[1]!.arrive()
  await new Promise((resolve) => setImmediate(resolve))
  flow.push([event])
  expect(sent[5]!.events).toEqual([event])
})
