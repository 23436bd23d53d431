import * as fc from 'fast-check'
import { describe, it, vi } from 'vitest'
import { noRedis } from '../../test/support/bullmq.ts'
import { bullmqModelHarness } from '../../test/support/bullmq-harness.ts'
import { modelConformance } from '../conformance/model.ts'
import { memoryHarness } from '../memory/harness.ts'

vi.setConfig({ testTimeout: 120_000 })

modelConformance({ describe: describe.skipIf(noRedis), it }, fc, bullmqModelHarness(), memoryHarness(), { runs: 12 })
