import { beforeEach } from 'vitest'
import { commitDoubtLaws } from '../../test/support/commit-doubt-laws.ts'
import { commitLaws } from '../../test/support/commit-laws.ts'
import type { CommitPlace } from '../../test/support/committing.ts'
import { sharedServer } from '../../test/support/db.ts'
import { joinLaws } from '../../test/support/join-laws.ts'
import { world } from '../../test/support/postgres-world.ts'

let place: CommitPlace
beforeEach(async (context) => {
  const db = await sharedServer('postgres')
  if (db === undefined) return context.skip('needs PostgreSQL')
  const { schema } = await world(context, db.url)
  place = { store: `${db.url}?schema=${schema}`, db }
})

commitLaws(() => place)
commitDoubtLaws(() => place)
joinLaws(() => place)
