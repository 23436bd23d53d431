import { describe, it } from 'vitest'
import { sqliteLedgerHarness } from '../../test/support/ledgered-harness.ts'
import { driverConformance } from '../conformance/index.ts'

driverConformance({ describe, it }, sqliteLedgerHarness())
