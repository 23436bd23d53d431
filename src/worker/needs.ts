import type { Driver, DriverTraits } from '../contract/driver.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { AnyHandler } from '../job/definition.ts'
import { ledgerHelps } from '../job/fits.ts'

/** What a definition may ask for, and the trait without which nobody does it. */
const needs: { option: 'unique' | 'group' | 'keep'; what: string; trait: keyof DriverTraits; helped: boolean }[] = [
  { option: 'unique', what: 'unique keys', trait: 'unique', helped: true },
  { option: 'group', what: 'fair turns of groups', trait: 'groups', helped: false },
  { option: 'keep', what: 'results that are kept', trait: 'history', helped: true },
]

/** Before a worker opens anything: throws `FW_DRIVER_TRAIT` for what a definition asks for and the store cannot do. */
export function checkNeeds(driver: Driver, handlers: readonly AnyHandler[]): void {
  for (const { name, options } of handlers) {
    for (const { option, what, trait, helped } of needs) {
      const asked = options[option] !== undefined && options[option] !== false
      if (!asked || driver.traits[trait] === true) continue
      throw new FiberWorkError(
        'FW_DRIVER_TRAIT',
        `"${name}" asks for ${what} (\`${option}\`), and the ${driver.name} driver has none (trait \`${trait}\`).${helped ? ` ${ledgerHelps}` : ''}`,
      )
    }
  }
}
