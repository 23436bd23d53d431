import { describe, it } from 'vitest'
import { mysqlHarness } from '../../test/support/mysql-harness.ts'
import { sharedMysql } from '../../test/support/mysql.ts'
import { evidence } from '../../test/support/evidence.ts'
import { driverConformance } from '../conformance/index.ts'

const url = await sharedMysql()
if (url === undefined) it('the laws of the driver seam', (context) => context.skip('needs MariaDB or MySQL'))
else driverConformance({ describe, it }, mysqlHarness(url), evidence('mysql'))
