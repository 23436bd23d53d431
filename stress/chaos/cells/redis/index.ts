import type { Cell } from '../../cell.ts'
import { clock } from './clock.ts'
import { late } from './late.ts'
import { cut, forget, outage, refuse } from './network.ts'
import { reply } from './reply.ts'
import { restart } from './restart.ts'
import { clients, memory, scripts } from './server.ts'
import { slow } from './slow.ts'
import { versions } from './versions.ts'

/** What is done to a Redis server, and to the way to it. */
export const redisCells: readonly Cell[] = [
  late,
  restart,
  cut,
  forget,
  outage,
  refuse,
  slow,
  reply,
  clock,
  versions,
  clients,
  scripts,
  memory,
]
