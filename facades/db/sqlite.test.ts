import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { dbLaws } from '../../test/support/db-laws.ts'
import { sqliteAt } from '../../test/support/db.ts'

const folder = mkdtempSync(join(tmpdir(), 'fiber-work-db-'))
afterAll(() => rmSync(folder, { recursive: true }))

dbLaws(() => sqliteAt(join(folder, 'app.db')))
