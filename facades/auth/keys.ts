import { createHash, createSecretKey, type KeyObject } from 'node:crypto'
import { FiberWorkError } from '../../src/contract/errors.ts'

/** One secret; its `id` stands in what it signs, and is made of it by default. */
export type AuthSecret = string | { id: string; secret: string }

export interface Key {
  id: string
  key: KeyObject
}

const charsMin = 16

/** The first one signs, all verify. Throws `FW_CONFIG_INVALID`. */
export function keysOf(secrets: readonly AuthSecret[]): Key[] {
  const keys = secrets.map(keyOf)
  const twice = keys.find(({ id }, i) => keys.findIndex((other) => other.id === id) < i)
  if (twice !== undefined) throw wrong(`two of them have the id ${JSON.stringify(twice.id)}`)
  return keys
}

function keyOf(given: AuthSecret): Key {
  const { id, secret } = typeof given === 'string' ? { id: idOf(given), secret: given } : given
  if (typeof secret !== 'string' || secret.length < charsMin) throw wrong(`each has at least ${charsMin} characters`)
  if (!/^[\w-]{1,32}$/.test(id)) throw wrong('an id is 1 to 32 of A–Z a–z 0–9 _ -')
  return { id, key: createSecretKey(Buffer.from(secret)) }
}

/** The same in all processes that have the secret. */
function idOf(secret: string): string {
  return createHash('sha256').update(`fiber-work auth key id\n${secret}`).digest('base64url').slice(0, 8)
}

function wrong(why: string): FiberWorkError {
  return new FiberWorkError(
    'FW_CONFIG_INVALID',
    `The \`secrets\` of Auth are a list of texts or { id, secret }: ${why}.`,
  )
}
