import type { Cell } from '../../cell.ts'
import type { RabbitmqStore } from '../../stores/rabbitmq.ts'
import { pair } from '../pair.ts'
import { terminate } from '../terminate.ts'
import { versions } from '../versions.ts'
import { cut, forget, outage, refuse, restart, slow } from './broker.ts'
import { kill } from './kill.ts'
import { pause } from './stall.ts'

/** What is done to workers on RabbitMQ, to the broker, and to the way to it. */
export const rabbitmqCells: readonly Cell<RabbitmqStore>[] = [
  terminate,
  kill,
  pair,
  pause,
  versions,
  cut,
  forget,
  outage,
  refuse,
  slow,
  restart,
]
