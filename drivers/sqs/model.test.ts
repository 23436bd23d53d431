import * as fc from 'fast-check'
import { describe, it, vi } from 'vitest'
import { sqsHarness } from '../../test/support/sqs-harness.ts'
import { modelConformance } from '../conformance/model.ts'
import { memoryHarness } from '../memory/harness.ts'

vi.setConfig({ testTimeout: 120_000 })

modelConformance({ describe, it }, fc, sqsHarness(), memoryHarness(), { runs: 4, stepsMax: 24 })
