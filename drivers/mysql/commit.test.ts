import { beforeEach } from 'vitest'
import { commitDoubtLaws } from '../../test/support/commit-doubt-laws.ts'
import { commitLaws } from '../../test/support/commit-laws.ts'
import type { CommitPlace } from '../../test/support/committing.ts'
import { sharedServer } from '../../test/support/db.ts'
import { joinLaws } from '../../test/support/join-laws.ts'
import { installation } from '../../test/support/mysql-harness.ts'

let place: CommitPlace
beforeEach(async (context) => {
  const db = await sharedServer('mysql')
  if (db === undefined) return context.skip('needs MariaDB or MySQL')
  const { prefix } = await installation(context, db.url)
  place = { store: `${db.url}?prefix=${prefix}`, db }
})

commitLaws(() => place)
commitDoubtLaws(() => place)
joinLaws(() => place)
