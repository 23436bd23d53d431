import type { Cell } from '../cell.ts'
import { kill } from './kill.ts'
import { pair } from './pair.ts'
import { pause } from './pause.ts'
import { poison } from './poison.ts'
import { terminate } from './terminate.ts'

/** Every cell of the matrix that needs no server: worker processes on SQLite. */
export const cells: readonly Cell[] = [terminate, kill, poison, pair, pause]
