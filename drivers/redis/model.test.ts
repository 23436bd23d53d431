import * as fc from 'fast-check'
import { describe, it } from 'vitest'
import { modelConformance } from '../conformance/model.ts'
import { memoryHarness } from '../memory/harness.ts'
import { redisHarness } from '../../test/support/redis-harness.ts'

modelConformance(
  { describe, it },
  fc,
  redisHarness(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'),
  memoryHarness(),
  { runs: 30, stepsMax: 40 },
)
