import { createHmac } from 'node:crypto'
import { FiberWorkError } from '../../contract/errors.ts'

const prefix = 'whsec_'
const [bytesMin, bytesMax] = [24, 64]

/** The key that a secret in the form of Standard Webhooks stands for. Throws `FW_CONFIG_INVALID`, without the secret. */
export function webhookKey(secret: string): Buffer {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret
  const key = Buffer.from(text, 'base64')
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(text)
  if (isBase64 && key.length >= bytesMin && key.length <= bytesMax) return key
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    `\`alertWebhookSecret\` must be "${prefix}" and ${bytesMin} to ${bytesMax} random bytes in base64, as \`openssl rand -base64 32\` makes them.`,
  )
}

/** The headers by which a receiver knows who sent it, when, and whether it has had it before. */
export function signedHeaders(
  key: Buffer | undefined,
  { id, atMs, body }: { id: string; atMs: number; body: string },
): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1_000))
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp }
  if (key === undefined) return headers
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { ...headers, 'webhook-signature': `v1,${signature}` }
}
