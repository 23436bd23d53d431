import { describe } from 'vitest'
import { dbLaws } from '../../test/support/db-laws.ts'
import { dbServerLaws } from '../../test/support/db-server-laws.ts'
import { sharedServer } from '../../test/support/db.ts'

const at = await sharedServer('postgres')

describe.skipIf(at === undefined)('Db over Postgres (needs a server)', () => {
  dbLaws(() => at!)
  dbServerLaws(() => at!)
})
