import { describe, expect, it } from 'vitest'
import type { QueueDepth } from '../../contract/driver.ts'
import { clearAfterMs, deadQuietMs, judge, type Judgement, periodMs, stalledMs } from './judge.ts'

const depthOf = (fields: Partial<QueueDepth>): QueueDepth => ({
  ...{ queue: 'mail', ready: 0, delayed: 0, blocked: 0, running: 0, done: 0, dead: 0, cancelled: 0, quarantined: 0 },
  paused: false,
  ...fields,
})
const waiting = (oldestReadyMs: number, fields: Partial<QueueDepth> = {}) =>
  depthOf({ ready: 5, running: 1, oldestReadyMs, ...fields })

/** Looks at a queue again and again; answers what was told, as `kind type at`. */
function looking(waitMsMax = 60_000) {
  let last: Judgement | undefined
  let nowMs = 1_000_000
  const told: string[] = []
  return {
    told,
    last: () => last!,
    look(depth: QueueDepth, afterMs = 10_000): string[] {
      nowMs += afterMs
      last = judge(last?.standing, last?.still, { depth, waitMsMax, nowMs })
      const now = last.changes.map(({ kind, alert }) => `${kind} ${alert.type}`)
      told.push(...now)
      return now
    },
  }
}

describe('queue.wait.exceeded', () => {
  it('is raised once, with what is needed to understand it, and cleared when it has been better for a while', () => {
    const { look, last } = looking()
    expect(look(waiting(60_000))).toEqual([])
    expect(look(waiting(61_000, { delayed: 2, dead: 0 }))).toEqual(['raised queue.wait.exceeded'])
    expect(last().changes[0]!.alert).toEqual({
      ...{ type: 'queue.wait.exceeded', queue: 'mail', waitMs: 61_000, waitMsMax: 60_000, atMs: 1_020_000 },
      ...{ ready: 5, delayed: 2, running: 1, dead: 0, paused: false },
    })
    for (let i = 0; i < 20; i++) expect(look(waiting(70_000))).toEqual([])
    expect(look(waiting(10_000))).toEqual([])
    expect(look(waiting(10_000), clearAfterMs)).toEqual(['cleared queue.wait.exceeded'])
    expect(last().changes[0]!.lastedMs).toBe(21 * 10_000 + clearAfterMs)
  })

  it('a wait that swings around what is allowed is one alert', () => {
    const { look, told } = looking()
    for (let i = 0; i < 100; i++) look(waiting(i % 2 === 0 ? 61_000 : 50_000))
    for (let i = 0; i < 100; i++) look(waiting(i % 4 === 0 ? 61_000 : 10_000))
    expect(told).toEqual(['raised queue.wait.exceeded'])
  })

  it('is not raised twice in a period, and is when it lasts longer than that', () => {
    const { look } = looking()
    look(waiting(61_000))
    look(depthOf({}))
    expect(look(depthOf({}), clearAfterMs)).toEqual(['cleared queue.wait.exceeded'])
    expect(look(waiting(61_000))).toEqual([])
    expect(look(waiting(61_000), periodMs)).toEqual(['raised queue.wait.exceeded'])
  })

  it('an empty queue, and a store that does not say how old its jobs are, wait for nothing', () => {
    const { look } = looking()
    expect(look(depthOf({ ready: 0, oldestReadyMs: 1e9 }))).toEqual([])
    expect(look(depthOf({ ready: 10 }))).toEqual([])
    expect(look(waiting(-5))).toEqual([])
  })
})

describe('queue.stalled', () => {
  it('is raised when nothing runs and the same job stays the oldest', () => {
    const { look } = looking()
    let waitMs = 55_000
    const stand = () => look(waiting((waitMs += 10_000), { running: 0 }))
    expect(stand()).toEqual(['raised queue.wait.exceeded'])
    for (let i = 1; i < stalledMs / 10_000; i++) expect(stand()).toEqual([])
    expect(stand()).toEqual(['raised queue.stalled'])
    expect(look(waiting(waitMs, { running: 3 }))).toEqual([])
    expect(look(waiting(waitMs, { running: 3 }), clearAfterMs)).toEqual(['cleared queue.stalled'])
  })

  it.each([
    ['something runs', { running: 1 }],
    ['it is paused', { running: 0, paused: true }],
  ])('not when %s', (_, fields) => {
    const { look, told } = looking()
    for (let i = 0; i < 30; i++) look(waiting(61_000 + i * 10_000, fields))
    expect(told).toEqual(['raised queue.wait.exceeded'])
  })

  it('not when jobs are taken, however late', () => {
    const { look, told } = looking()
    for (let i = 0; i < 30; i++) look(waiting(61_000, { running: 0 }))
    expect(told).toEqual(['raised queue.wait.exceeded'])
  })
})

describe('jobs.dead', () => {
  it('is raised when more are dead than were, not for those that were dead before, and is over when none dies any more', () => {
    const { look } = looking()
    expect(look(depthOf({ dead: 7 }))).toEqual([])
    expect(look(depthOf({ dead: 7 }))).toEqual([])
    expect(look(depthOf({ dead: 9 }))).toEqual(['raised jobs.dead'])
    for (let i = 0; i < 10; i++) expect(look(depthOf({ dead: 10 + i }))).toEqual([])
    expect(look(depthOf({ dead: 0 }))).toEqual([])
    expect(look(depthOf({ dead: 0 }), deadQuietMs)).toEqual([])
    expect(look(depthOf({ dead: 0 }), clearAfterMs)).toEqual(['cleared jobs.dead'])
    expect(look(depthOf({ dead: 1 }))).toEqual(['raised jobs.dead'])
  })
})
