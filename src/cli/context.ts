import { setRedaction } from '../base/redact.ts'
import type { Loaded } from '../config/load.ts'
import type { Settings } from '../config/options.ts'
import type { Client } from '../connect/client.ts'
import type { ConnectOptions } from '../connect/connect.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { type Given, settingsOf } from './flags.ts'
import { loadDrivers } from './load/drivers.ts'
import { type Output, outputOf } from './output.ts'

/** The settings from flags, variables, file and defaults; warnings go to stderr. */
export async function loadContext(given: Given): Promise<{ loaded: Loaded; settings: Settings; output: Output }> {
  const output = outputOf(given)
  const { loadSettings } = await import('../config/load.ts')
  const importFile = async (path: string) => (await import('../base/module.ts')).importDefault(path)
  const loaded = await loadSettings({ flags: settingsOf(given), configFile: given.config, importFile })
  setRedaction({ keys: loaded.settings.redact ?? [] })
  return { loaded, settings: loaded.settings, output }
}

/** A client of the store of the settings. `creates`: it may be made; else a missing file is an error. Throws `FW_CONFIG_INVALID`, and what the store answers. */
export async function openStore({ settings, origins }: Loaded, creates: boolean): Promise<Client> {
  refuseMemory(settings.url, '--url sqlite:./jobs.db')
  if (!creates) await refuseMissing(settings.url, origins.url)
  await loadDrivers(settings.drivers)
  const { connect } = await import('../connect/connect.ts')
  return connect(settings.url, connectOptionsOf(settings))
}

/** What of the settings is about the store. */
export function connectOptionsOf({ ledger, leaseMs, bodyBytesMax, encryptionKeys }: Settings): ConnectOptions {
  refuseMemory(ledger ?? '', '--ledger redis://127.0.0.1')
  return {
    leaseMs,
    bodyBytesMax,
    ...(ledger !== undefined && { ledger }),
    ...(encryptionKeys !== undefined && { encryption: encryptionKeys }),
  }
}

function refuseMemory(url: string, instead: string): void {
  if (!/^memory:/i.test(url)) return
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    `A memory: store lives and dies inside one process; give the URL of a store that others can reach (${instead}).`,
  )
}

/** To ask a file that is not there would make one, and answer that it is empty. */
async function refuseMissing(url: string, origin: string): Promise<void> {
  if (!/^sqlite:/i.test(url)) return
  const { sqlitePath } = await import('../connect/schemes.ts')
  const { existsSync } = await import('node:fs')
  const path = sqlitePath(url)
  if (path === ':memory:' || existsSync(path)) return
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    `There is no store ${path} (${origin}); a worker or an enqueue makes one. Name another with --url.`,
  )
}
