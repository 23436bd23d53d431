import { expect, it } from 'vitest'
import { BareBroker } from '../../test/support/bare-broker.ts'
import { memoryDriver } from '../../drivers/memory/index.ts'
import { defineJob } from '../job/definition.ts'
import type { JobOptions } from '../job/options.ts'
import { checkNeeds } from './needs.ts'

const handler = (options: JobOptions<void, void>) => defineJob('greedy', options, () => {})
const broker = new BareBroker(memoryDriver())

it.each<[string, JobOptions<void, void>, string, boolean]>([
  ['unique keys', { unique: 'k' }, '`unique`', true],
  ['unique keys by the input', { unique: () => 'k' }, '`unique`', true],
  ['fair groups', { group: 'g' }, '`groups`', false],
  ['kept results', { keep: { count: 1, ageMs: 1 } }, '`history`', true],
])('a store that has none names the trait: %s', (_, options, trait, helped) => {
  const refused = expect.objectContaining({
    code: 'FW_DRIVER_TRAIT',
    message: expect.stringMatching(
      `greedy.*bare.*trait ${trait}.*${helped ? 'Give connect a `ledger`' : ''}`,
    ) as string,
  })
  expect(() => checkNeeds(broker, [handler(options)])).toThrow(refused)
  expect(() => checkNeeds(memoryDriver(), [handler(options)])).not.toThrow()
})

it('what is not asked for is not refused: no records, a tenant, defaults', () => {
  expect(() => checkNeeds(broker, [handler({ keep: false, tenant: 'acme' }), handler({})])).not.toThrow()
})
