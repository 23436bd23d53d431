import { ApiClient } from '../api/client/client.ts'
import { httpTransport } from '../api/client/http-transport.ts'
import { noFleet } from '../api/no-fleet.ts'
import { redactUrl } from '../base/text.ts'
import type { Loaded } from '../config/load.ts'
import type { Settings } from '../config/options.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { loadContext, openStore } from './context.ts'
import type { Given } from './flags.ts'
import { type Definitional, definitionsFor } from './job-definitions.ts'
import { openLocalApi } from './local-api.ts'
import type { Output } from './output.ts'

/** What a command that asks or acts works with: the operations of the API, over HTTP or on the store itself. */
export interface ApiContext {
  api: ApiClient
  settings: Settings
  output: Output
  /** What is asked: the URL of the store or of the API, without a password. */
  place: string
  /** Over a network: what was begun goes on without us. */
  remote: boolean
}

export interface AskOptions {
  /** A store that is not there yet is made. */
  creates?: boolean
  /** What the command needs to know of the jobs; of an API the server knows it. */
  definitions?: Definitional
}

/** Runs an action with the API of `--api`, or with the same operations on the store of `--url`. */
export async function withApi(
  given: Given,
  options: AskOptions,
  act: (context: ApiContext) => Promise<void>,
): Promise<void> {
  const { loaded, settings, output } = await loadContext(given)
  for (const warning of loaded.warnings) output.warn(warning)
  const url = apiUrlOf(loaded)
  if (url === undefined) return onStore(loaded, output, options, act)
  if (given['unchecked'] === true)
    throw new FiberWorkError('FW_CONFIG_INVALID', 'With --api the definitions are those of the server: no --unchecked.')
  const { token } = settings
  const transport = httpTransport({ url, ...(token !== undefined && { token }) })
  await act({ api: new ApiClient(transport), settings, output, place: redactUrl(url), remote: true })
}

/** The flag that was given means more than what a variable or the file says of the other one. Throws `FW_CONFIG_INVALID` for both. */
function apiUrlOf({ settings: { api }, origins }: Loaded): string | undefined {
  const storeIsMeant = origins.url === '--url'
  if (api === undefined || (storeIsMeant && origins.api !== '--api')) return undefined
  if (!storeIsMeant) return api
  throw new FiberWorkError('FW_CONFIG_INVALID', '--api asks an API and --url a store: give one of them.')
}

async function onStore(
  loaded: Loaded,
  output: Output,
  { creates = false, definitions: needed }: AskOptions,
  act: (context: ApiContext) => Promise<void>,
): Promise<void> {
  const { settings } = loaded
  const definitions = await definitionsFor(needed, settings, output)
  const client = await openStore(loaded, creates)
  try {
    const local = await openLocalApi({ client, fleet: noFleet, definitions }, settings)
    try {
      await act({ api: local.api, settings, output, place: client.url, remote: false })
    } finally {
      await local.close()
    }
  } finally {
    await client.close()
  }
}
