import { type ErrorCode, FiberWorkError, isFiberWorkError } from '../contract/errors.ts'

const depthMax = 64

/**
 * The JSON text of a value that reads back as the same value. What JSON would silently change (NaN, Map, class instances
 * without `toJSON`) or cannot hold (BigInt, circles, functions) is refused with its path, under `code`.
 * `changed` tells that something spoke for itself through `toJSON` (a Date), so that the text reads back as something else.
 */
export function toJson(
  value: unknown,
  what: string,
  code: ErrorCode = 'FW_INPUT_NOT_JSON',
): { text: string; changed: boolean } {
  const walk: Walk = { what, code, changed: false }
  const text = written(value, walk)
  if (text === undefined) refuse(walk, '', 'nothing, once its toJSON has spoken')
  // Whoever reads it leaves `__proto__` out: copied into another object it would be an attack.
  if (text.includes('__proto__'))
    JSON.parse(text, (key: string, read: unknown) =>
      key === '__proto__' ? refuse(walk, key, 'a name that no input may have') : read,
    )
  return { text, changed: walk.changed }
}

/** Getters, proxies and toJSON are somebody's code: what they throw, and what they answer the second time, is refused like all else. */
function written(value: unknown, walk: Walk): string | undefined {
  try {
    if (typeof value === 'object' && value !== null) visit(value, '', 1, walk)
    else checkLeaf(value, '', walk)
    return JSON.stringify(value) as string | undefined
  } catch (cause) {
    if (isFiberWorkError(cause)) throw cause
    throw new FiberWorkError(
      walk.code,
      `${walk.what} cannot be stored as JSON: to read it has failed (${reasonOf(cause)}).`,
      { cause },
    )
  }
}

function reasonOf(cause: unknown): string {
  try {
    return (cause instanceof Error ? cause.message : String(cause)).slice(0, 200)
  } catch {
    return 'for no reason that can be told'
  }
}

interface Walk {
  what: string
  code: ErrorCode
  changed: boolean
}

function visit(value: object, path: string, depth: number, walk: Walk): void {
  if (depth > depthMax) refuse(walk, path, `nested deeper than ${depthMax}, or circular`)
  if (ArrayBuffer.isView(value)) refuse(walk, path, `a ${prototypeName(value)} (send text, base64 for example)`)
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') {
    walk.changed = true
    return
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) visitChild(value[i], path, i, depth, walk)
    return
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null && isExotic(value)) {
    refuse(walk, path, `a ${prototypeName(value)}`)
  }
  for (const key in value) visitChild((value as Record<string, unknown>)[key], path, key, depth, walk)
}

function visitChild(child: unknown, path: string, key: string | number, depth: number, walk: Walk): void {
  if (typeof child === 'string' || typeof child === 'boolean' || child === null) return
  if (typeof child === 'object') visit(child, path === '' ? String(key) : `${path}.${key}`, depth + 1, walk)
  else if (child !== undefined || typeof key === 'number') checkLeaf(child, `${path}.${key}`, walk)
}

function checkLeaf(value: unknown, path: string, walk: Walk): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse(walk, path, String(value))
  } else if (
    value === undefined ||
    typeof value === 'bigint' ||
    typeof value === 'symbol' ||
    typeof value === 'function'
  ) {
    refuse(walk, path, `a ${typeof value}`)
  }
}

/** Instances of the user's own classes are plain data to JSON; containers with inner slots would turn into `{}`. */
function isExotic(value: object): boolean {
  return (
    value instanceof Map ||
    value instanceof Set ||
    value instanceof WeakMap ||
    value instanceof WeakSet ||
    value instanceof RegExp ||
    value instanceof Promise ||
    value instanceof Error ||
    value instanceof ArrayBuffer
  )
}

function prototypeName(value: object): string {
  return (value.constructor as { name?: string } | undefined)?.name ?? 'foreign object'
}

function refuse(walk: Walk, path: string, found: string): never {
  const place = path === '' ? 'it' : `\`${path.replace(/^\./, '')}\``
  throw new FiberWorkError(walk.code, `${walk.what} cannot be stored as JSON: ${place} is ${found}.`)
}
