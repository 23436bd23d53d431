import { join } from 'node:path'
import { commitDoubtLaws } from '../../test/support/commit-doubt-laws.ts'
import { commitLaws } from '../../test/support/commit-laws.ts'
import { sqliteAt } from '../../test/support/db.ts'
import { joinLaws } from '../../test/support/join-laws.ts'
import { folder } from '../../test/support/sqlite.ts'
import { beforeEach } from 'vitest'

let file: string
beforeEach(() => (file = join(folder(), 'app.db')))

const place = () => ({ store: `sqlite:${file}?share=true`, db: sqliteAt(file) })
commitLaws(place)
commitDoubtLaws(place)
joinLaws(place)
