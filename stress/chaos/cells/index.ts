import type { Cell } from '../cell.ts'
import { block } from './block.ts'
import { kill } from './kill.ts'
import { pair } from './pair.ts'
import { pause } from './pause.ts'
import { poison } from './poison.ts'
import { takeover } from './takeover.ts'
import { terminate } from './terminate.ts'
import { versions } from './versions.ts'

/** What is done to worker processes, on any store. */
export const cells: readonly Cell[] = [terminate, kill, takeover, poison, pair, pause, block, versions]
