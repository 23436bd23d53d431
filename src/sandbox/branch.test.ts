import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { inJob } from '../../test/support/work.ts'
import { current, maybeCurrent } from '../index.ts'
import { Carried } from './branch.ts'

const colours = new Carried<{ is: string }>()
const shapes = new Carried<{ is: string }>()

it('is seen below, after awaits, and not beside', async () => {
  const seen = async (is: string) => {
    await sleep(1)
    return [is, colours.get()?.is]
  }
  await inJob(async () => {
    const job = current()
    const both = await Promise.all([
      colours.run({ is: 'red' }, () => seen('red')),
      colours.run({ is: 'blue' }, () => seen('blue')),
      seen('none'),
    ])
    expect(both).toEqual([
      ['red', 'red'],
      ['blue', 'blue'],
      ['none', undefined],
    ])
    colours.run({ is: 'red' }, () => expect(current()).toBe(job))
  })
})

it('nests, the innermost first, each kind by itself', () => {
  colours.run({ is: 'red' }, () =>
    shapes.run({ is: 'round' }, () =>
      colours.run({ is: 'blue' }, () => {
        expect(colours.all().map(({ is }) => is)).toEqual(['blue', 'red'])
        expect([colours.get()?.is, shapes.get()?.is]).toEqual(['blue', 'round'])
      }),
    ),
  )
  expect(colours.all()).toEqual([])
})

it('carries outside of jobs too, where there still is none', () => {
  colours.run({ is: 'red' }, () => {
    expect(maybeCurrent()).toBeUndefined()
    expect(() => current()).toThrow(/outside of a job/)
  })
})

it('ends with its job', async () => {
  const late = Promise.withResolvers<unknown>()
  await inJob(() => {
    void colours.run({ is: 'red' }, async () => {
      await sleep(30)
      try {
        late.resolve(current())
      } catch (error) {
        late.resolve(error)
      }
    })
  })
  expect(await late.promise).toMatchObject({ code: 'FW_JOB_SETTLED' })
})
