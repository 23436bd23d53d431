import type { Cell } from '../../cell.ts'
import { cut } from './cut.ts'
import { restart } from './restart.ts'

/** What is done to a PostgreSQL server, and to the way to it. */
export const postgresCells: readonly Cell[] = [restart, cut]
