import * as fc from 'fast-check'
import { describe, it, vi } from 'vitest'
import { sharedPostgres } from '../../test/support/postgres.ts'
import { postgresHarness } from '../../test/support/postgres-harness.ts'
import { modelConformance } from '../conformance/model.ts'
import { memoryHarness } from '../memory/harness.ts'

vi.setConfig({ testTimeout: 120_000 })

const url = await sharedPostgres()
if (url === undefined) it('random runs', (context) => context.skip('needs PostgreSQL'))
else modelConformance({ describe, it }, fc, postgresHarness(url), memoryHarness(), { runs: 5, stepsMax: 40 })
