import { describe, it } from 'vitest'
import { sqsHarness } from '../../test/support/sqs-harness.ts'
import { evidence } from '../../test/support/evidence.ts'
import { driverConformance } from '../conformance/index.ts'

driverConformance({ describe, it }, sqsHarness(), evidence('sqs'))
