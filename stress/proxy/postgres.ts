import { Frames, partsOf, type Protocol } from './protocol.ts'

const [query, sync, ready] = ['Q', 'S', 'Z'].map((c) => c.charCodeAt(0))

/**
 * The protocol of PostgreSQL: a request is the greeting, a simple query, or everything up to a `Sync`; its reply ends when the server is ready
 * for the next one.
 */
export const postgresProtocol: Protocol = () => {
  let greeted = false
  // The greeting alone has no letter before its length.
  const requests = new Frames((bytes) => {
    const end = endOf(bytes, greeted ? 1 : 0)
    greeted ||= end >= 0
    return end
  })
  const replies = new Frames((bytes) => endOf(bytes, 1))
  let isFirst = true
  const isWhole = (message: Buffer) => {
    const whole = isFirst || message[0] === query || message[0] === sync
    isFirst = false
    return whole
  }
  return {
    fromClient: (chunk) => partsOf(requests.feed(chunk), isWhole),
    fromServer: (chunk) => partsOf(replies.feed(chunk), (message) => message[0] === ready),
  }
}

/** A length that counts itself stands at `at`. */
function endOf(bytes: Buffer, at: number): number {
  if (bytes.length < at + 4) return -1
  const end = at + bytes.readUInt32BE(at)
  return end <= bytes.length ? end : -1
}
