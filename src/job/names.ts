import { FiberWorkError } from '../contract/errors.ts'
import { shown } from './check.ts'

const namePattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/

/** Queue, job, service and facade names: they end in keys, tables, routing keys and metric labels. Throws `FW_NAME_INVALID`. */
export function checkName(kind: 'queue' | 'job' | 'service' | 'facade', name: unknown): void {
  if (typeof name === 'string' && namePattern.test(name)) return
  throw new FiberWorkError(
    'FW_NAME_INVALID',
    `${shown(name)} is not a ${kind} name: 1 to 63 of A–Z a–z 0–9 _ . - are allowed, and it does not start with . or -.`,
  )
}

/** Job ids, groups, tenants, unique keys and tags: any text of 1 to 255 UTF-16 units without control characters and lone surrogates. */
export function checkKey(kind: 'id' | 'group' | 'unique key' | 'tag' | 'tenant' | 'schedule', key: unknown): void {
  if (typeof key === 'string' && key.length > 0 && key.length <= 255 && key.isWellFormed() && !hasControl(key)) return
  throw new FiberWorkError(
    'FW_NAME_INVALID',
    `${shown(key)} is not a ${kind}: 1 to 255 characters without control characters are allowed.`,
  )
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true
  }
  return false
}
