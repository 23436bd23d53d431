import { join } from 'node:path'
import { commitLaws } from '../../test/support/commit-laws.ts'
import { sqliteAt } from '../../test/support/db.ts'
import { folder } from '../../test/support/sqlite.ts'
import { beforeEach } from 'vitest'

let file: string
beforeEach(() => (file = join(folder(), 'app.db')))

commitLaws(() => ({ store: `sqlite:${file}?share=true`, db: sqliteAt(file) }))
