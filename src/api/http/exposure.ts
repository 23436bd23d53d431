import { FiberWorkError } from '../../contract/errors.ts'
import { type Address, isLoopback } from './address.ts'

export interface Exposure {
  /** The server speaks TLS itself. */
  tls: boolean
  /** Something in front of it does. */
  behindProxy: boolean
  /** Deprecated: let others reach the health routes without either. */
  insecure: boolean
}

const place = ({ host, port }: Address) => `--http ${host}:${port} is open to other machines`

/**
 * An address beyond this machine is served only over TLS, or behind somebody who speaks it: else whoever listens on the way has the token.
 * Throws `FW_CONFIG_INVALID`.
 */
export function checkExposure(address: Address, { tls, behindProxy, insecure }: Exposure): void {
  if (isLoopback(address.host) || tls || behindProxy || insecure) return
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    `${place(address)}: give it a certificate (--tls-cert, --tls-key), say --behind-proxy if something in front of it speaks TLS, or use 127.0.0.1.`,
  )
}

/** And only where there is a token. Throws `FW_CONFIG_INVALID`. */
export function missingToken(address: Address): FiberWorkError {
  return new FiberWorkError(
    'FW_CONFIG_INVALID',
    `${place(address)}, and there is no token: \`fiber-work tokens add NAME --role admin\` makes one in the store; FIBER_WORK_HTTP_TOKEN holds one of your own.`,
  )
}
