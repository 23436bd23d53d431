import type { Command } from 'commander'
import { registerPausing } from './pausing.ts'

/** `fiber-work pause QUEUE…`: no worker takes anything from them; what runs goes on. */
export function register(command: Command): void {
  registerPausing(command, 'pause')
}
