import { expect, it } from 'vitest'
import { engineOn, stored, wrap } from '../../test/support/engine.ts'
import { gate, until } from '../../test/support/work.ts'
import type { Driver, Report, Reserved } from '../contract/driver.ts'
import { defineJob } from '../index.ts'

/** A store whose jobs of the name `suspect` have crashed three processes already. */
const suspicious = (driver: Driver, reports: Report[], hear: () => boolean = () => true) => {
  wrap(driver, 'reserve', async (reserve, args) => {
    const reserved = (await reserve(...args)) as Reserved
    const jobs = reserved.jobs.map((loan) => (loan.job.name === 'suspect' ? { ...loan, crashes: 3 } : loan))
    return { ...reserved, jobs }
  })
  wrap(driver, 'beat', async (beat, args) => {
    if (!hear()) return new Promise(() => {})
    reports.push(args[0])
    return beat(...args)
  })
}

it('is told of as not begun while others run, and begins when they have ended and the store knows', async () => {
  const reports: Report[] = []
  const held = gate()
  const order: string[] = []
  const innocent = defineJob('work', {}, async () => {
    await held.opened
    order.push('innocent ended')
  })
  const suspect = defineJob('suspect', {}, () => void order.push('suspect began'))
  const { engine, client } = await engineOn([innocent, suspect], (driver) => suspicious(driver, reports), {
    beatMs: 3_600_000,
    leaseMs: 3_600_000,
  })
  await client.enqueue({ lane: 0, seq: 1 }, [stored('a'), stored('b', 'suspect')])
  await until(() => reports.some(({ unbegun }) => unbegun?.length === 1))
  expect(engine.cutBy).toBe('probation')
  held.open()
  await until(() => order.length === 2)
  expect(order).toEqual(['innocent ended', 'suspect began'])
  expect(reports.at(-1)).not.toHaveProperty('unbegun')
  await until(() => engine.cutBy === undefined)
})

it('begins at once where nothing else runs: nobody has to be told', async () => {
  const reports: Report[] = []
  const suspect = defineJob('suspect', {}, () => 'ran')
  const { client } = await engineOn([suspect], (driver) => suspicious(driver, reports), {
    beatMs: 3_600_000,
    leaseMs: 3_600_000,
  })
  await client.enqueue({ lane: 0, seq: 1 }, [stored('b', 'suspect')])
  await until(async () => (await client.inspector!.find(['b']))[0]!.state === 'done')
  expect(reports).toEqual([])
})

it('does not begin before the store has heard, and is given back when the worker stops meanwhile', async () => {
  const reports: Report[] = []
  const held = gate()
  let hears = true
  let ran = false
  const innocent = defineJob('work', {}, () => held.opened)
  const suspect = defineJob('suspect', {}, () => void (ran = true))
  const { engine, client } = await engineOn([innocent, suspect], (driver) => suspicious(driver, reports, () => hears), {
    beatMs: 3_600_000,
    leaseMs: 3_600_000,
  })
  await client.enqueue({ lane: 0, seq: 1 }, [stored('a'), stored('b', 'suspect')])
  await until(() => reports.some(({ unbegun }) => unbegun?.length === 1))
  hears = false
  held.open()
  await until(async () => (await client.inspector!.find(['a']))[0]!.state === 'done')
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(ran).toBe(false)
  await engine.stop('a test', 100)
  expect((await client.inspector!.find(['b']))[0]).toMatchObject({ state: 'ready', attempts: 0 })
})
