import { describe, expect, test } from 'vitest'
import type { Reservation } from '../contract/driver.ts'
import type { Receipt } from '../contract/verdict.ts'
import { Probation } from './probation.ts'

let count = 0
function suspect(crashes: number): Reservation {
  const job = { id: String(++count), queue: 'q', name: 'job', priority: 5, body: '' }
  return { receipt: job.id as Receipt, job, attempts: 1, crashes, enqueuedAtMs: 0, waitedMs: 0 }
}

function probationOf(concurrency: number): Probation {
  return new Probation(
    () => concurrency,
    () => 0.5,
  )
}

/** Lets in as many as there is room for. */
function fill(probation: Probation, crashes: number): Reservation[] {
  const started: Reservation[] = []
  for (;;) {
    const loan = suspect(crashes)
    if (probation.admit(loan, started.length).kind !== 'start') return started
    started.push(loan)
  }
}

/** The sizes of the rounds in which suspects come through, one round after the other. */
function rounds(probation: Probation, crashes: number, how: number): number[] {
  return Array.from({ length: how }, () => {
    const started = fill(probation, crashes)
    for (const loan of started) probation.left(loan)
    return started.length
  })
}

describe('probation', () => {
  test('who never crashed starts, however many suspects there are', () => {
    const probation = probationOf(100)
    fill(probation, 1)
    expect(probation.admit(suspect(0), 10)).toEqual({ kind: 'start' })
  })

  test('a crowd starts small and doubles with those that come through, to a tenth of the concurrency', () => {
    expect(rounds(probationOf(10_000), 1, 6)).toEqual([100, 200, 400, 800, 1_000, 1_000])
    expect(rounds(probationOf(1_000), 1, 5)).toEqual([10, 20, 40, 80, 100])
    expect(rounds(probationOf(20), 1, 2)).toEqual([10, 10])
    expect(rounds(probationOf(3), 1, 2)).toEqual([3, 3])
  })

  test('a handful stays small, so that few are left to run alone', () => {
    expect(rounds(probationOf(10_000), 2, 4)).toEqual([5, 10, 20, 21])
    expect(rounds(probationOf(1), 2, 2)).toEqual([1, 1])
  })

  test('whoever is beyond the room goes back with a delay and without a burned attempt', () => {
    const probation = probationOf(1_000)
    fill(probation, 1)
    expect(probation.admit(suspect(1), 10)).toEqual({
      kind: 'refuse',
      verdict: { kind: 'release', due: { inMs: 500 } },
    })
  })

  test('beside thousands of others it comes back soon: rounds double', () => {
    const probation = probationOf(10_000)
    fill(probation, 1)
    const { verdict } = probation.admit(suspect(1), 9_900) as { verdict: { due: { inMs: number } } }
    expect(verdict.due.inMs).toBeLessThan(2_000)
  })

  test('after three crashes it runs alone: nobody else starts until it has ended', () => {
    const probation = probationOf(1_000)
    const loan = suspect(3)
    expect(probation.admit(loan, 7)).toEqual({ kind: 'hold' })
    expect(probation.alone).toBe(loan)
    for (const crashes of [0, 1, 2, 3]) expect(probation.admit(suspect(crashes), 1).kind).toBe('refuse')
    probation.left(loan)
    expect(probation.alone).toBeUndefined()
    expect(probation.admit(suspect(0), 0)).toEqual({ kind: 'start' })
  })

  test('who killed its process alone is quarantined', () => {
    expect(probationOf(1_000).admit(suspect(4), 0)).toMatchObject({ kind: 'refuse', verdict: { kind: 'quarantined' } })
  })
})
