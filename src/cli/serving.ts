import { readFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import type { ServeOptions } from '../api/server.ts'
import type { HealthSource } from '../api/health.ts'
import type { ConfiguredToken, Settings } from '../config/options.ts'
import { FiberWorkError } from '../contract/errors.ts'

/** How the settings want the API served. Throws `FW_CONFIG_INVALID`, `FW_CONFIG_UNREADABLE`. */
export async function serveOptionsOf(
  settings: Settings,
  health: HealthSource,
  failed: (error: unknown) => void,
): Promise<ServeOptions> {
  const { http = '', httpHosts = [], httpToken, behindProxy, tlsCert, tlsKey, httpInsecure, tokens = [], ui } = settings
  const { parseAddress } = await import('../api/http/address.ts')
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new FiberWorkError('FW_CONFIG_INVALID', 'A certificate needs its key: --tls-cert and --tls-key go together.')
  }
  return {
    address: parseAddress(http),
    health,
    failed,
    behindProxy,
    ui,
    insecure: httpInsecure,
    hosts: httpHosts.map((host) => host.toLowerCase()),
    ...(tlsCert !== undefined && tlsKey !== undefined && { tls: { cert: await pem(tlsCert), key: await pem(tlsKey) } }),
    tokens: [...tokens, ...(httpToken === undefined ? [] : [adminToken(httpToken)])],
  }
}

function adminToken(token: string): ConfiguredToken {
  return { name: 'http-token', role: 'admin', sha256: createHash('sha256').update(token).digest('hex') }
}

async function pem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new FiberWorkError('FW_CONFIG_UNREADABLE', `${path} cannot be read: ${(cause as Error).message}`, { cause })
  }
}

/** Is the address one, and may it be served so? Asked before anything is started. Throws `FW_CONFIG_INVALID`. */
export async function checkServing({ http, behindProxy, tlsCert, httpInsecure }: Settings): Promise<void> {
  if (http === undefined) return
  const [{ parseAddress }, { checkExposure }] = await Promise.all([
    import('../api/http/address.ts'),
    import('../api/http/exposure.ts'),
  ])
  checkExposure(parseAddress(http), { tls: tlsCert !== undefined, behindProxy, insecure: httpInsecure })
}
