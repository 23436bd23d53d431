import type { Cell } from '../../cell.ts'
import { block } from '../block.ts'
import { terminate } from '../terminate.ts'
import { kill } from './kill.ts'
import { late } from './late.ts'
import { blackhole, cut, restart } from './network.ts'

/** What is done to workers on SQS, to the server, and to the way to it. Cells that ask a store for counted crashes are not among them. */
export const sqsCells: readonly Cell[] = [terminate, kill, block, late, cut, blackhole, restart]
