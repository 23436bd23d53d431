import type { Command } from 'commander'
import { addPlace, type Given } from './flags.ts'
import { showOnTerminal } from './top.ts'
import { withApi } from './with-api.ts'

/** `fiber-work console`: the dashboard, beginning with the jobs that may be enqueued. */
export function register(command: Command): void {
  addPlace(command, ['jobs']).action((given: Given) =>
    withApi(given, { definitions: 'checked', creates: true }, (context) => showOnTerminal(context, 'offer')),
  )
}
