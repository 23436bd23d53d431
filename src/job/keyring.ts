import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { secretBytes } from '../base/env.ts'
import { FiberWorkError } from '../contract/errors.ts'

/** Keys for inputs and results: `connect(url, { encryption })`. */
export interface Encryption {
  /** By their ids (1–32 of `A–Z a–z 0–9 _ -`): 32 random bytes each, in base64. What was encrypted with any of them can be read. */
  keys: Record<string, string>
  /** The id of the key that encrypts from now on. */
  current: string
  /**
   * What is not encrypted dies with `FW_BODY_SEALED`, unless its definition says `encrypt: false`; off by default, so that jobs from before
   * the encryption still run.
   */
  refusePlain?: boolean
}

/** What a text belongs to: it opens nowhere else. */
export interface Belonging {
  id: string
  queue: string
  name: string
}

/** `schedule`: the input of all runs of a schedule, whose id stands for theirs. */
export type SealedKind = 'input' | 'result' | 'schedule'

const marks: Record<SealedKind, string> = { input: 'enc1.', result: 'enc1r.', schedule: 'enc1s.' }
const idPattern = /^[A-Za-z0-9_-]{1,32}$/
const keyPattern = /^[A-Za-z0-9+/_-]{43}=?$/
const ivBytes = 12
const tagBytes = 16

/** True for what a keyring has written, with any key, also one of a later format. */
export function isSealed(text: string): boolean {
  // Everything else that is stored here is JSON.
  return text.charCodeAt(0) === 101 && /^enc\d{1,4}[a-z]?\./.test(text)
}

/** The id of the key that a sealed text says it needs. */
export function keyIdOf(text: string): string {
  return /^enc\d{1,4}[a-z]?\.([A-Za-z0-9_-]{1,32})\./.exec(text)?.[1] ?? '?'
}

/**
 * AES-256-GCM over stored texts. What comes out is `enc1.KEY-ID.BASE64URL`: a random 96-bit nonce, the text, a 128-bit tag; kind, key, id,
 * queue and name are bound to it. Throws `FW_CONFIG_INVALID`, which never shows a key.
 */
export class Keyring {
  readonly refusePlain: boolean
  readonly #current: string
  readonly #keys = new Map<string, KeyObject>()

  constructor(encryption: Encryption | string) {
    const { keys, current, refusePlain = false } = typeof encryption === 'string' ? readKeys(encryption) : encryption
    for (const [id, key] of Object.entries(keys)) {
      if (!idPattern.test(id))
        throw invalid(`the id of a key is ${JSON.stringify(id.slice(0, 8))}…, not 1–32 of A–Z a–z 0–9 _ -`)
      if (typeof key !== 'string' || !keyPattern.test(key)) throw invalid(`the key "${id}" is not 32 bytes in base64`)
      this.#keys.set(id, createSecretKey(Buffer.from(key, 'base64')))
    }
    if (!this.#keys.has(current)) throw invalid('`current` is the id of none of the keys')
    this.#current = current
    this.refusePlain = refusePlain
  }

  /** The keys for a thread of this process. */
  carried(): Encryption {
    const keys = [...this.#keys].map(([id, key]) => [id, key.export().toString('base64')])
    return {
      keys: Object.fromEntries(keys) as Record<string, string>,
      current: this.#current,
      refusePlain: this.refusePlain,
    }
  }

  /** A run's own nonce is random. A schedule's is made of its text, so that saying the same again is writing the same. */
  seal(text: string, kind: SealedKind, to: Belonging): string {
    const id = this.#current
    const key = this.#keys.get(id)!
    const bound = boundTo(kind, id, to)
    const iv = kind === 'schedule' ? nonceOf(key, bound, text) : secretBytes(ivBytes)
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(bound)
    const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return `${marks[kind]}${id}.${sealed.toString('base64url')}`
  }

  /** Throws `FW_KEY_UNKNOWN`, and `FW_BODY_SEALED` for what was changed, cut off, or written for something else. */
  open(text: string, kind: SealedKind, to: Belonging): string {
    const id = keyIdOf(text)
    const mark = `${marks[kind]}${id}.`
    if (!text.startsWith(mark)) throw unreadable(to, kind, 'it is damaged, or of another kind or format')
    const key = this.#keys.get(id)
    if (key === undefined) throw unknownKey(to, kind, text)
    const sealed = Buffer.from(text.slice(mark.length), 'base64url')
    if (sealed.length < ivBytes + tagBytes) throw unreadable(to, kind, 'it is cut off')
    const cipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes })
      .setAAD(boundTo(kind, id, to))
      .setAuthTag(sealed.subarray(sealed.length - tagBytes))
    const opened = cipher.update(sealed.subarray(ivBytes, sealed.length - tagBytes))
    try {
      cipher.final()
    } catch {
      throw unreadable(to, kind, 'it was changed, moved from another job, or the key of this id is another one')
    }
    return opened.toString('utf8')
  }
}

/** `id:base64,id2:base64`, the current one first. */
function readKeys(text: string): Encryption {
  const pairs = text.split(',').map((pair): [string, string] => {
    const colon = pair.indexOf(':')
    return [pair.slice(0, colon).trim(), pair.slice(colon + 1).trim()]
  })
  const keys = Object.fromEntries(pairs)
  if (Object.keys(keys).length < pairs.length) throw invalid('an id stands there twice')
  return { keys, current: pairs[0]![0] }
}

function boundTo(kind: SealedKind, keyId: string, { id, queue, name }: Belonging): Buffer {
  return Buffer.from(JSON.stringify(['fiber-work', kind, keyId, id, queue, name]))
}

/** The same nonce comes again only with the same text for the same place: then nothing is told that the equal result does not tell. */
function nonceOf(key: KeyObject, bound: Buffer, text: string): Buffer {
  return createHmac('sha256', key)
    .update('fiber-work nonce\n')
    .update(bound)
    .update('\n')
    .update(text)
    .digest()
    .subarray(0, ivBytes)
}

function invalid(why: string): FiberWorkError {
  return new FiberWorkError(
    'FW_CONFIG_INVALID',
    `The encryption keys cannot be used: ${why}. Make one with \`openssl rand -base64 32\`.`,
  )
}

/** Also where there is no keyring at all. */
export function unknownKey({ id, name }: Belonging, kind: SealedKind, text: string): FiberWorkError {
  return new FiberWorkError(
    'FW_KEY_UNKNOWN',
    `The ${kind === 'result' ? 'result' : 'input'} of "${name}" ${id} is encrypted with the key "${keyIdOf(text)}", which is not among the keys here.`,
  )
}

export function unreadable({ id, name }: Belonging, kind: SealedKind, why: string): FiberWorkError {
  return new FiberWorkError(
    'FW_BODY_SEALED',
    `The encrypted ${kind === 'result' ? 'result' : 'input'} of "${name}" ${id} cannot be opened: ${why}.`,
  )
}
