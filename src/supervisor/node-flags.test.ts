import { expect, it } from 'vitest'
import { workerNodeFlags } from './node-flags.ts'

it('a worker process gets the flags of this one and a smaller nursery', () => {
  expect(workerNodeFlags(['--enable-source-maps'])).toEqual(['--enable-source-maps', '--max-semi-space-size=8'])
})

it.each([
  [['--max-semi-space-size=64'], ''],
  [['--max_semi_space_size=64'], ''],
  [[], '--max-old-space-size=500 --max-semi-space-size=64'],
])('what somebody set stays: %j %j', (own, nodeOptions) => {
  expect(workerNodeFlags(own, nodeOptions)).toEqual(own)
})
