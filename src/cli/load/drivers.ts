import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { importModule } from '../../base/module.ts'
import { registerDriver } from '../../connect/register.ts'
import type { DriverRegistration } from '../../connect/registered.ts'
import { FiberWorkError } from '../../contract/errors.ts'

/**
 * Registers what these files, or installed packages, export by default: a driver, or a list of them. Relative to `folder`.
 * Throws `FW_CONFIG_UNREADABLE` for what cannot be loaded, `FW_CONFIG_INVALID` for a scheme that is taken.
 */
export async function loadDrivers(names: readonly string[] = [], folder = process.cwd()): Promise<void> {
  for (const name of names) {
    const module = await importModule(pathOf(name, folder))
    for (const registration of registrationsOf(module, name)) registerDriver(registration)
  }
}

/** `./nats.ts`, `drivers/nats.ts` and `/opt/nats.js` are files; `fiber-work-nats` and `@me/nats` are packages, unless such a file exists. */
function pathOf(name: string, folder: string): string {
  const path = resolve(folder, name)
  if (existsSync(path)) return path
  try {
    if (!/^\.{0,2}\//.test(name)) return createRequire(join(folder, 'noop.js')).resolve(name)
  } catch {
    // Said below, in our words.
  }
  throw new FiberWorkError(
    'FW_CONFIG_UNREADABLE',
    `There is no driver "${name}" (--driver, \`drivers\`): neither a file ${path} nor an installed package.`,
  )
}

/** What CommonJS exports comes as the default, and what a compiler made of ES modules as the default of the default. */
function registrationsOf(module: Record<string, unknown>, name: string): DriverRegistration[] {
  let exported = module['default']
  if (isObject(exported) && !('store' in exported) && 'default' in exported) exported = exported['default']
  const registrations: unknown[] = Array.isArray(exported) ? exported : [exported]
  if (registrations.length > 0 && registrations.every((each) => isObject(each) && 'store' in each)) {
    return registrations as DriverRegistration[]
  }
  throw new FiberWorkError(
    'FW_CONFIG_UNREADABLE',
    `${name} exports no driver by default. Write \`export default { schemes: ['name:'], store: (url, options) => () => … }\`.`,
  )
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
