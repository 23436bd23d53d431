import type { Command } from 'commander'
import { FiberWorkError } from '../contract/errors.ts'
import { addPlace, type Given } from './flags.ts'
import type { Output } from './output.ts'
import { type ApiContext, withApi } from './with-api.ts'

/** `fiber-work top`: the dashboard on the workers beside an API, or on a store alone. */
export function register(command: Command): void {
  addPlace(command, ['jobs']).action((given: Given) =>
    withApi(given, { definitions: 'masked' }, (context) => showOnTerminal(context, 'home')),
  )
}

/** Takes the terminal until it is closed; what works goes on. Throws `FW_CONFIG_INVALID` without one. */
export async function showOnTerminal({ api, output, remote }: ApiContext, begins: 'home' | 'offer'): Promise<void> {
  demandTerminal(output)
  // Whatever keeps us from it is said as by every other command, before the screen is taken.
  await api.access.whoami()
  const { openTerminalDashboard } = await import('../../dashboard/terminal/index.ts')
  await openTerminalDashboard({ source: api, refreshMs: remote ? 1_000 : 500, begins }).closed
}

function demandTerminal({ json }: Output): void {
  if (!json && process.stdin.isTTY && process.stdout.isTTY) return
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    'This needs a terminal for its input and output. `fiber-work stats` and `fiber-work workers` tell the same line by line, or as JSON.',
  )
}
