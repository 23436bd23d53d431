import type { Command } from 'commander'
import { registerPausing } from './pausing.ts'

/** `fiber-work resume QUEUE…` */
export function register(command: Command): void {
  registerPausing(command, 'resume')
}
