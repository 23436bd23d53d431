import * as fc from 'fast-check'
import { describe, it, vi } from 'vitest'
import { sharedRedis } from '../../test/support/redis.ts'
import { redisStreamsHarness } from '../../test/support/redis-streams-harness.ts'
import { modelConformance } from '../conformance/model.ts'
import { memoryHarness } from '../memory/harness.ts'

vi.setConfig({ testTimeout: 120_000 })

const url = await sharedRedis()
if (url === undefined) it('random runs', (context) => context.skip('needs Redis'))
else modelConformance({ describe, it }, fc, redisStreamsHarness(url), memoryHarness(), { runs: 8, stepsMax: 40 })
