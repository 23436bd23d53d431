import { expect, it } from 'vitest'
import { memoryDriver } from '../../drivers/memory/index.ts'
import type { StoredJob } from '../contract/job.ts'
import { asFits } from './fits.ts'

const { traits } = memoryDriver()
const job: StoredJob = { id: 'a', queue: 'q', name: 'n', priority: 5, body: '{"v":1}' }

it('lets through what the store can hold, measured in bytes', () => {
  expect(asFits(job, traits, 1_000)).toBe(job)
  const wide = { ...job, body: `{"v":1,"d":"${'ä'.repeat(40)}"}` }
  expect(asFits(wide, traits, 94)).toBe(wide)
  expect(() => asFits(wide, traits, 93)).toThrow(expect.objectContaining({ code: 'FW_BODY_TOO_LARGE' }))
})

it.each<[string, Partial<StoredJob>, object]>([
  ['unique', { unique: { key: 'k', mode: 'keep' } }, { unique: false }],
  ['delayMsMax', { due: { inMs: 1 } }, { delayMsMax: 0 }],
])('what the store cannot do names the trait: %s', (trait, fields, missing) => {
  expect(() => asFits({ ...job, ...fields }, { ...traits, ...missing }, 1_000)).toThrow(
    expect.objectContaining({ code: 'FW_DRIVER_TRAIT', message: expect.stringContaining(`\`${trait}\``) as string }),
  )
})
