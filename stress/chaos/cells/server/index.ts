import type { Cell } from '../../cell.ts'
import type { ServerStore } from '../../stores/server-store.ts'
import { clients, restart } from './administrator.ts'
import { clock } from './clock.ts'
import { format } from './format.ts'
import { late } from './late.ts'
import { cut, forget, outage, refuse } from './network.ts'
import { reply } from './reply.ts'
import { slow } from './slow.ts'

/** What is done to a server that fences late verdicts and answers a repeated call the same, and to the way to it. */
export const serverCells: readonly Cell<ServerStore>[] = [
  late,
  restart,
  cut,
  forget,
  outage,
  refuse,
  slow,
  reply,
  clock,
  clients,
  format,
]
