import { describe, it } from 'vitest'
import { evidence } from '../../test/support/evidence.ts'
import { driverConformance } from '../conformance/index.ts'
import { memoryHarness } from './harness.ts'

driverConformance({ describe, it }, memoryHarness(), evidence('memory'))
