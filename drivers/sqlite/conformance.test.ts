import * as fc from 'fast-check'
import { describe, it } from 'vitest'
import { evidence } from '../../test/support/evidence.ts'
import { sqliteHarness } from '../../test/support/sqlite-harness.ts'
import { driverConformance } from '../conformance/index.ts'
import { modelConformance } from '../conformance/model.ts'
import { memoryHarness } from '../memory/harness.ts'

const harness = sqliteHarness()

driverConformance({ describe, it }, harness, evidence('sqlite'))

modelConformance({ describe, it: (name, body) => it(name, body, 60_000) }, fc, harness, memoryHarness(), { runs: 25 })
