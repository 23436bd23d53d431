import type { Driver } from '../contract/driver.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { LimitScope, LimitSettings } from '../contract/limits.ts'
import { type Queue, ratesOf } from '../job/queue.ts'

/**
 * Brings the limits that the code declares into the store. They have a revision: what an operator changed since stays,
 * until the code itself declares something else.
 */
export async function declareLimits(driver: Driver, queues: Queue[]): Promise<void> {
  for (const queue of queues) {
    const settings = settingsOf(queue)
    if (driver.limits === undefined || driver.ledger === undefined) {
      if (settings.length > 0) throw unable(queue, driver)
      continue
    }
    await declare(driver as Required<Driver>, queue.name, settings)
  }
}

async function declare(
  driver: Required<Driver>,
  queue: string,
  settings: [LimitScope, LimitSettings][],
): Promise<void> {
  const key = `queue-code:${queue}`
  const value = JSON.stringify(settings)
  const [known] = await driver.ledger.read([key])
  if (known === undefined && settings.length === 0) return
  if (known?.value === value) return
  const revision = (await driver.limits.read(queue)).revision + 1
  const scopes = new Map<LimitScope, LimitSettings>([['queue', {}], ['groups', {}], ...settings])
  for (const [scope, limits] of scopes) await driver.limits.set(queue, scope, limits, revision)
  await driver.ledger.write([{ key, value, version: known?.version ?? 0 }])
}

function settingsOf({ options }: Queue): [LimitScope, LimitSettings][] {
  const queue: LimitSettings = {}
  const groups: LimitSettings = {}
  if (options.rate !== undefined) queue.rates = ratesOf(options.rate)
  if (options.concurrencyMax !== undefined) queue.concurrencyMax = options.concurrencyMax
  if (options.depthMax !== undefined) queue.depthMax = options.depthMax
  if (options.groupRate !== undefined) groups.rates = ratesOf(options.groupRate)
  if (options.groupConcurrencyMax !== undefined) groups.concurrencyMax = options.groupConcurrencyMax
  const all: [LimitScope, LimitSettings][] = [
    ['queue', queue],
    ['groups', groups],
  ]
  return all.filter(([, limits]) => Object.keys(limits).length > 0)
}

function unable(queue: Queue, driver: Driver): FiberWorkError {
  return new FiberWorkError(
    'FW_DRIVER_TRAIT',
    `The queue "${queue.name}" declares limits, and the ${driver.name} driver has none (facet \`limits\`).`,
  )
}
