import * as fc from 'fast-check'
import { describe, it } from 'vitest'
import { modelConformance } from '../conformance/model.ts'
import { memoryHarness } from './harness.ts'

// Against itself: what it shows is that no step leaves a counter, a cap or a place wrong, and that runs are
// deterministic.
modelConformance(
  { describe, it },
  fc,
  memoryHarness(),
  { ...memoryHarness(), name: 'itself' },
  { runs: 150, stepsMax: 60 },
)
