import type { Cell } from '../../cell.ts'
import { cut, restart, slow } from './broker.ts'
import { kill } from './kill.ts'
import { pause } from './stall.ts'

/** What is done to workers on RabbitMQ, to the broker, and to the way to it. */
export const rabbitmqCells: readonly Cell[] = [kill, pause, cut, slow, restart]
