import * as fc from 'fast-check'
import { describe, it, vi } from 'vitest'
import { mysqlHarness } from '../../test/support/mysql-harness.ts'
import { sharedMysql } from '../../test/support/mysql.ts'
import { modelConformance } from '../conformance/model.ts'
import { memoryHarness } from '../memory/harness.ts'

vi.setConfig({ testTimeout: 240_000 })

const url = await sharedMysql()
if (url === undefined) it('random runs', (context) => context.skip('needs MariaDB or MySQL'))
else modelConformance({ describe, it }, fc, mysqlHarness(url), memoryHarness(), { runs: 4, stepsMax: 40 })
