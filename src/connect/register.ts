import { FiberWorkError } from '../contract/errors.ts'
import { type DriverRegistration, registered } from './registered.ts'
import { builtInSchemes } from './schemes.ts'

const schemePattern = /^[a-z][a-z0-9+.-]*:$/

/**
 * Lets `connect('nats://…')` find a driver of your own, in this process. To register the same object again changes nothing.
 * Throws `FW_CONFIG_INVALID` for what is no registration, and for a scheme that is built in or taken; then none of its
 * schemes is registered.
 *
 * @example
 * registerDriver({ schemes: ['nats:'], store: (url, options) => () => natsDriver({ url, ...options }) })
 */
export function registerDriver(registration: DriverRegistration): void {
  const { schemes, store } = (registration ?? {}) as Partial<DriverRegistration>
  if (typeof store !== 'function' || !Array.isArray(schemes) || schemes.length === 0) {
    throw invalid(
      "A driver is registered as { schemes: ['name:'], store(url, options) }, with at least one scheme and a function.",
    )
  }
  for (const scheme of schemes as unknown[]) checkScheme(scheme, registration)
  for (const scheme of schemes as string[]) registered.set(scheme, registration)
}

function checkScheme(scheme: unknown, registration: DriverRegistration): void {
  if (typeof scheme !== 'string' || !schemePattern.test(scheme)) {
    throw invalid(
      `${JSON.stringify(scheme)} is not a URL scheme; write it in small letters and with its colon: "nats:" or "nats+tls:".`,
    )
  }
  if (builtInSchemes().includes(scheme)) {
    throw invalid(
      `The scheme "${scheme}" is served by fiber-work itself; choose another one, "my+${scheme}" for example.`,
    )
  }
  const holder = registered.get(scheme)
  if (holder === undefined || holder === registration) return
  throw invalid(`The scheme "${scheme}" is registered already, by another driver; one process has one driver for it.`)
}

function invalid(message: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', message)
}
