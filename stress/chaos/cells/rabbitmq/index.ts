import type { Cell } from '../../cell.ts'
import { cut, restart } from './broker.ts'
import { kill } from './kill.ts'

/** What is done to workers on RabbitMQ, to the broker, and to the way to it. */
export const rabbitmqCells: readonly Cell[] = [kill, cut, restart]
