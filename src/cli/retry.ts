import type { Command } from 'commander'
import { registerAct } from './act.ts'

/** `fiber-work retry ID…`: settled jobs start over, delayed ones become ready now. */
export function register(command: Command): void {
  registerAct(command, (client, ids) => client.retry(ids))
}
