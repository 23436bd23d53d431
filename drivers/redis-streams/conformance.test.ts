import { describe, it } from 'vitest'
import { sharedRedis } from '../../test/support/redis.ts'
import { redisStreamsHarness } from '../../test/support/redis-streams-harness.ts'
import { evidence } from '../../test/support/evidence.ts'
import { driverConformance } from '../conformance/index.ts'

const skipped = [
  {
    law: 'list filters by each field, and by all together',
    reason: 'a stream is in the order of its own: listing goes queue by queue, state by state, newest first in each',
  },
]

const url = await sharedRedis()
if (url === undefined) it('the laws of the driver seam', (context) => context.skip('needs Redis'))
else driverConformance({ describe, it }, redisStreamsHarness(url, skipped), evidence('redis-streams'))
