import { execSync } from 'node:child_process'
import { pbkdf2Sync } from 'node:crypto'
import { defineJob, unchecked } from '../../src/index.ts'

const some = JSON.stringify(Array.from({ length: 20_000 }, (_, i) => ({ i })))

/** How long it takes when nobody is in the way. */
function quickestOf(run: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const startedMs = performance.now()
    run()
    return performance.now() - startedMs
  })
  return Math.min(...times)
}

/** How a handler may keep its event loop, each for about `ms`. */
export const blocks = {
  loop(ms: number) {
    for (const end = performance.now() + ms; performance.now() < end;);
  },
  /** Never a turn of the loop, and hardly a stack. */
  async microtasks(ms: number) {
    for (const end = performance.now() + ms; performance.now() < end;) await Promise.resolve()
  },
  wait(ms: number) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
  },
  regex(ms: number) {
    const pattern = /^(a+)+$/
    for (const end = performance.now() + ms; performance.now() < end;) pattern.test(`${'a'.repeat(20)}b`)
  },
  pbkdf2(ms: number) {
    const eachMs = quickestOf(() => pbkdf2Sync('a', 'b', 10_000, 64, 'sha512'))
    pbkdf2Sync('a', 'b', Math.ceil((10_000 * ms) / eachMs), 64, 'sha512')
  },
  parse(ms: number) {
    const eachMs = quickestOf(() => void JSON.parse(some))
    JSON.parse(`[${`${some},`.repeat(Math.ceil(ms / eachMs))}0]`)
  },
  exec(ms: number) {
    execSync(`sleep ${ms / 1_000}`)
  },
  /** It only waits, as a job should. */
  nothing: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
}

export interface Blocking {
  how: keyof typeof blocks
  ms: number
}

/** Blocks, after it has given the loop a turn; answers the attempt. */
export const blocker = defineJob('blocker', { input: unchecked<Blocking>() }, async ({ how, ms }, job) => {
  await new Promise((resolve) => setTimeout(resolve, 20))
  await blocks[how](ms)
  return job.attempt
})
