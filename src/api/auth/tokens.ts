import { createHash, timingSafeEqual } from 'node:crypto'
import { secretBytes } from '../../base/env.ts'
import type { Caller } from './caller.ts'
import type { Role } from './roles.ts'

/** A token as it is kept: never itself, only its hash. */
export interface TokenRecord {
  name: string
  role: Role
  /** SHA-256 of the token, in hex. */
  sha256: string
  queues?: readonly string[]
  createdAtMs?: number
  expiresAtMs?: number
  /** Requests a second on average, and twice as many at once; 20,000 by default. */
  requestsPerSecond?: number
}

const prefix = 'fw_'
/** 256 bits cannot be guessed, so that a plain hash keeps them: nothing has to be slowed down. */
const tokenBytes = 32

/** A new token: shown once, and kept by nobody. */
export function makeToken(): string {
  return prefix + secretBytes(tokenBytes).toString('base64url')
}

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** Finds the record of a token in a time that does not depend on which it is, or how much of it is right. */
export function recordOf(token: string, records: readonly TokenRecord[]): TokenRecord | undefined {
  const asked = createHash('sha256').update(token).digest()
  let found: TokenRecord | undefined
  for (const record of records) {
    const known = Buffer.from(record.sha256, 'hex')
    if (known.length === asked.length && timingSafeEqual(known, asked)) found = record
  }
  return found
}

export function callerOf(
  { name, role, queues }: TokenRecord,
  address: string | undefined,
  by: 'token' | 'session',
): Caller {
  return { name, role, by, ...(queues !== undefined && { queues }), ...(address !== undefined && { address }) }
}
