import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest, RequestPayload } from 'fastify'

/** A body that the server we are mounted in has read already (`express.json()`) is read from there. */
export async function readAlready(
  { raw, headers }: FastifyRequest,
  _reply: FastifyReply,
  payload: RequestPayload,
): Promise<RequestPayload> {
  const { body } = raw as { body?: unknown }
  if (body === undefined || !raw.readableEnded) return payload
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  const again: RequestPayload = Readable.from([Buffer.from(text)])
  // It need not be as long as it was.
  again.receivedEncodedLength = Number(headers['content-length'] ?? Buffer.byteLength(text))
  return again
}
