import { describe, it } from 'vitest'
import { sharedPostgres } from '../../test/support/postgres.ts'
import { postgresHarness } from '../../test/support/postgres-harness.ts'
import { evidence } from '../../test/support/evidence.ts'
import { driverConformance } from '../conformance/index.ts'

const url = await sharedPostgres()
if (url === undefined) it('the laws of the driver seam', (context) => context.skip('needs PostgreSQL'))
else driverConformance({ describe, it }, postgresHarness(url), evidence('postgres'))
