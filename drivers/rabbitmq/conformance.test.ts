import { describe, it } from 'vitest'
import { noRabbitmq } from '../../test/support/rabbitmq.ts'
import { rabbitmqHarness } from '../../test/support/rabbitmq-harness.ts'
import { evidence } from '../../test/support/evidence.ts'
import { driverConformance } from '../conformance/index.ts'

driverConformance({ describe: describe.skipIf(noRabbitmq), it }, rabbitmqHarness(), evidence('rabbitmq'))
