import { describe, it } from 'vitest'
import { sharedRedis } from '../../test/support/redis.ts'
import { redisHarness } from '../../test/support/redis-harness.ts'
import { evidence } from '../../test/support/evidence.ts'
import { driverConformance } from '../conformance/index.ts'

const url = await sharedRedis()
if (url === undefined) it('the laws of the driver seam', (context) => context.skip('needs Redis'))
else driverConformance({ describe, it }, redisHarness(url), evidence('redis'))
