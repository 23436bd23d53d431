import type { Driver } from '../contract/driver.ts'
import { FiberWorkError, isFiberWorkError } from '../contract/errors.ts'
import { openStore, type Store, type StoreOptions } from './schemes.ts'

/**
 * The stores of a URL; with a ledger each of them has its records beside it. Throws `FW_DRIVER_MISSING`, `FW_CONFIG_INVALID`,
 * `FW_DRIVER_TRAIT`.
 */
export async function openStores(url: string, ledger: string | undefined, options: StoreOptions): Promise<Store> {
  const store = await openStore(url, options)
  if (ledger === undefined) return store
  const ledgers = await openStore(ledger, options).catch((error: unknown) => {
    throw aboutLedger(error)
  })
  const { ledgeredDriver } = await import('../../drivers/ledgered/index.ts')
  return () => ledgeredDriver(asBroker(store()), ledgers(), options)
}

/** A store that keeps records has no use for another's: its own would be right about one half of the truth. */
function asBroker(driver: Driver): Driver {
  if (driver.ledger === undefined) return driver
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    `\`ledger\` is for brokers that keep no records of their own; the ${driver.name} driver does. Leave it out.`,
  )
}

function aboutLedger(error: unknown): unknown {
  if (!isFiberWorkError(error)) return error
  return new FiberWorkError(error.code, `\`ledger\`: ${error.message}`, { cause: error })
}
