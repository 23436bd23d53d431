import type { Command } from 'commander'
import { registerAct } from './act.ts'

/** `fiber-work retry ID…`: settled ones start over, delayed ones become ready. */
export function register(command: Command): void {
  registerAct(command, 'retry')
}
