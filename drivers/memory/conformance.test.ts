import { describe, it } from 'vitest'
import { driverConformance } from '../conformance/index.ts'
import { memoryHarness } from './harness.ts'

driverConformance({ describe, it }, memoryHarness())
