import * as fc from 'fast-check'
import { describe, it, vi } from 'vitest'
import { noRabbitmq } from '../../test/support/rabbitmq.ts'
import { rabbitmqHarness } from '../../test/support/rabbitmq-harness.ts'
import { modelConformance } from '../conformance/model.ts'
import { memoryHarness } from '../memory/harness.ts'

vi.setConfig({ testTimeout: 120_000 })

modelConformance({ describe: describe.skipIf(noRabbitmq), it }, fc, rabbitmqHarness(), memoryHarness(), {
  runs: 5,
  stepsMax: 24,
})
