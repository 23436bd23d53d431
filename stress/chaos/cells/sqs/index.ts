import type { Cell } from '../../cell.ts'
import type { SqsStore } from '../../stores/sqs.ts'
import { blockCell } from '../block.ts'
import { pair } from '../pair.ts'
import { terminate } from '../terminate.ts'
import { versions } from '../versions.ts'
import { kill } from './kill.ts'
import { late } from './late.ts'
import { blackhole, cut, refuse, restart, slow } from './network.ts'

// A session that others could take away does not exist: each message has a lease of its own, and the guardian must have a client to renew it.
const block = blockCell({ settlesMs: 6_000, quickMs: [6_000, 30_000] })

/** What is done to workers on SQS, to the server, and to the way to it. Cells that ask a store for counted crashes are not among them. */
export const sqsCells: readonly Cell<SqsStore>[] = [
  terminate,
  kill,
  pair,
  block,
  versions,
  late,
  cut,
  blackhole,
  refuse,
  slow,
  restart,
]
