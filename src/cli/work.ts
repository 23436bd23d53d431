import type { Command } from 'commander'

/** `fiber-work [work]` */
export function register(command: Command): void {
  command.option('--json', 'print one JSON document on stdout').option('--verbose', 'show stacks')
  command.action(() => {})
}
