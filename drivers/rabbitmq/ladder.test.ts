import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dueKey, levelMin, passKey, rungs, stayKey, stepMs, wayUp } from './ladder.ts'

/** A topic exchange's match. */
function matches(pattern: string, key: string): boolean {
  const step = (p: string[], k: string[]): boolean => {
    if (p.length === 0) return k.length === 0
    if (p[0] === '#') return step(p.slice(1), k) || (k.length > 0 && step(p, k.slice(1)))
    return k.length > 0 && (p[0] === '*' || p[0] === k[0]) && step(p.slice(1), k.slice(1))
  }
  return step(pattern.split('.'), key.split('.'))
}

/** How long a message waits on its way down, where it comes out, and how often it was in two places at once. */
function comesDown(queue: string, level: number, key: string): number {
  let waitedMs = 0
  for (let at = level; at >= levelMin; at--) {
    const [stays, passes] = [matches(stayKey(queue, at), key), matches(passKey(at), key)]
    expect([stays, passes]).toContain(true)
    expect(stays && passes).toBe(false)
    expect(matches(stayKey('another', at), key)).toBe(false)
    if (stays) waitedMs += 2 ** at
  }
  expect(matches(dueKey(queue), key)).toBe(true)
  expect(matches(dueKey('another'), key)).toBe(false)
  return waitedMs
}

test('a message waits for its delay, less than a step short of it, and comes out at its own queue', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: stepMs, max: 2 ** 32 - 1 }),
      fc.string({ minLength: 1, maxLength: 40 }),
      (delayMs, queue) => {
        const way = wayUp(queue, delayMs)!
        const waitedMs = comesDown(queue, way.level, way.key)
        expect(waitedMs).toBeLessThanOrEqual(delayMs)
        expect(waitedMs).toBeGreaterThan(delayMs - stepMs)
      },
    ),
  )
})

test('what is longer than the ladder waits as long as it can hold', () => {
  const tenYearsMs = 10 * 365 * 86_400_000
  const way = wayUp('q', tenYearsMs)!
  expect(comesDown('q', way.level, way.key)).toBe(2 ** 32 - stepMs)
})

test('what is shorter than a step does not climb', () => {
  expect(wayUp('q', stepMs - 1)).toBeUndefined()
  expect(wayUp('q', 0)).toBeUndefined()
  expect(wayUp('q', -5)).toBeUndefined()
})

test('keys are short enough for the wire', () => {
  for (const level of rungs) expect(stayKey('x'.repeat(200), level).length).toBeLessThan(255)
})
