import { describe, it } from 'vitest'
import { memoryLedgerHarness } from '../../test/support/ledgered-harness.ts'
import { driverConformance } from '../conformance/index.ts'

driverConformance({ describe, it }, memoryLedgerHarness())
