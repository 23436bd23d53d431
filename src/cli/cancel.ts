import type { Command } from 'commander'
import { registerAct } from './act.ts'

/** `fiber-work cancel ID…`: waiting jobs at once, running ones by their signal. */
export function register(command: Command): void {
  registerAct(command, 'cancel')
}
