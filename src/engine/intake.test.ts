import { expect, test } from 'vitest'
import { engineOn, stored, wrap } from '../../test/support/engine.ts'
import { until } from '../../test/support/work.ts'
import { type Env, systemEnv } from '../base/env.ts'
import type { Reserved } from '../contract/driver.ts'
import { defineJob } from '../job/definition.ts'

const rounds = 5

/** What an engine does to which so many jobs come each time it asks: what it got, and its pauses of a millisecond. */
async function stepsWith(jobsEach: number): Promise<string[]> {
  const steps: string[] = []
  const env: Env = {
    ...systemEnv,
    // No answer is slow, however busy this machine is.
    monoMs: () => 1_000,
    setTimer(run, delayMs, kind) {
      if (delayMs === 1) steps.push('pause')
      return systemEnv.setTimer(run, delayMs, kind)
    },
  }
  let asked = 0
  let ran = 0
  const work = defineJob('work', { queue: 'default' }, () => void ran++)
  const tamper: Parameters<typeof engineOn>[1] = (driver) =>
    wrap(driver, 'reserve', async (reserve, args) => {
      const round = asked++
      if (round >= rounds) return reserve(...args)
      const jobs = Array.from({ length: jobsEach }, (_, n) => stored(`${round}-${n}`))
      // A lane that the engine has no call in.
      await driver.enqueue({ lane: driver.traits.lanesMax, seq: round + 1 }, jobs)
      const reserved = (await reserve(...args)) as Reserved
      const came = reserved.jobs.length
      steps.push(came >= 2 && came < args[1].limit ? 'a few' : 'one, none, or all')
      return reserved
    })
  await engineOn([work], tamper, {}, env)
  await until(() => ran === rounds * jobsEach)
  return steps
}

test.each([1, 3, 30])(
  'of %i jobs each time: a few are followed by a pause, one, none or all are not',
  async (jobsEach) => {
    const steps = await stepsWith(jobsEach)
    const few = steps.filter((step) => step === 'a few').length
    expect(few > 0).toBe(jobsEach > 1)
    const next = (step: string) => steps.flatMap((one, at) => (one === step ? [steps[at + 1]] : []))
    expect(next('a few')).toEqual(Array.from({ length: few }, () => 'pause'))
    expect(next('one, none, or all')).not.toContain('pause')
  },
)
