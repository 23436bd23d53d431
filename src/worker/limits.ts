import type { Driver } from '../contract/driver.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { LimitScope, LimitSettings } from '../contract/limits.ts'
import { ledgerHelps } from '../job/fits.ts'
import { declaredLimits, type Queue } from '../job/queue.ts'

/**
 * Brings the limits that the code declares into the store. They have a revision: what an operator changed since stays,
 * until the code itself declares something else.
 */
export async function declareLimits(driver: Driver, queues: Queue[]): Promise<void> {
  for (const queue of queues) {
    const settings = declaredLimits(queue)
    if (driver.limits === undefined || driver.ledger === undefined) {
      if (settings.length > 0) throw unable(queue, driver)
      continue
    }
    await declare(driver as Required<Driver>, queue.name, settings)
  }
}

type Declared = [LimitScope, LimitSettings][]

async function declare(driver: Required<Driver>, queue: string, settings: Declared): Promise<void> {
  const key = `queue-code:${queue}`
  const value = JSON.stringify(settings)
  const [known] = await driver.ledger.read([key])
  if (known === undefined && settings.length === 0) return
  if (known?.value === value) return
  const revision = (await driver.limits.read(queue)).revision + 1
  for (const [scope, limits] of changesOf(known?.value, settings)) {
    await driver.limits.set(queue, scope, limits, revision)
  }
  await driver.ledger.write([{ key, value, version: known?.version ?? 0 }])
}

/** What the code says now, and an end of what it said before: groups of which it never spoke are left to the operator. */
function changesOf(before: string | undefined, settings: Declared): Declared {
  const changes = new Map<string, Declared[number]>()
  const lifted = ['queue', 'groups', ...scopesOf(before)] as LimitScope[]
  for (const scope of lifted) changes.set(JSON.stringify(scope), [scope, {}])
  for (const one of settings) changes.set(JSON.stringify(one[0]), one)
  return [...changes.values()]
}

function scopesOf(declared: string | undefined): LimitScope[] {
  return declared === undefined ? [] : (JSON.parse(declared) as Declared).map(([scope]) => scope)
}

function unable(queue: Queue, driver: Driver): FiberWorkError {
  return new FiberWorkError(
    'FW_DRIVER_TRAIT',
    `The queue "${queue.name}" declares limits, and the ${driver.name} driver has none (facet \`limits\`). ${ledgerHelps}`,
  )
}
