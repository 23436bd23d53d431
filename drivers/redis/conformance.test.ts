import { describe, it } from 'vitest'
import { driverConformance } from '../conformance/index.ts'
import { redisHarness } from '../../test/support/redis-harness.ts'

driverConformance({ describe, it }, redisHarness(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'))
