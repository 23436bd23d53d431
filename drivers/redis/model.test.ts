import * as fc from 'fast-check'
import { describe, it, vi } from 'vitest'
import { sharedRedis } from '../../test/support/redis.ts'
import { redisHarness } from '../../test/support/redis-harness.ts'
import { modelConformance } from '../conformance/model.ts'
import { memoryHarness } from '../memory/harness.ts'

vi.setConfig({ testTimeout: 120_000 })

const url = await sharedRedis()
if (url === undefined) it('random runs', (context) => context.skip('needs Redis'))
else modelConformance({ describe, it }, fc, redisHarness(url), memoryHarness(), { runs: 30, stepsMax: 40 })
