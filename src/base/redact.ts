import { hidden, processRules, type Redaction, redactText, Rules } from './secrets.ts'

export { hidden, hides, type Redaction, redactText, setRedaction } from './secrets.ts'

const cardKey = /card$/i
const depthMax = 64
const valuesMax = 10_000
const charsMax = 16_384
/** Read past the cut, so that a token that the cut divides is known for one. */
const slack = 4_096

interface Walk {
  rules: Rules
  /** How many values may still be looked at. */
  left: number
  /** The objects around the one that is looked at. */
  around: Set<object>
  /** Before the keys of the object that is looked at: `number` is nothing special, that of a `card` is. */
  prefix: '' | 'card-'
}

/**
 * A copy of plain data (an input, a result, the fields of a log line) for a reader who must not know its secrets: what stands under a telling
 * key (`password`, `apiKey`, `set-cookie`, …) is `[redacted]`, and so are tokens and passwords inside of texts. Bounded: 64 levels, 10,000
 * values, 16,384 characters a text. Never throws. `rules` stand in for those of the process.
 */
export function redact(value: unknown, rules?: Redaction): unknown {
  return safely(value, {
    rules: rules === undefined ? processRules() : new Rules(rules),
    left: valuesMax,
    around: new Set(),
    prefix: '',
  })
}

/** Getters, proxies and `toJSON` may throw. */
function safely(value: unknown, walk: Walk): unknown {
  try {
    return copied(value, walk)
  } catch {
    return '[unreadable]'
  }
}

function copied(value: unknown, walk: Walk): unknown {
  walk.left--
  if (typeof value === 'string') return short(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`
  if (typeof value !== 'object' || value === null) return value
  if (walk.around.has(value)) return '[circular]'
  if (walk.around.size >= depthMax) return '[too deep]'
  walk.around.add(value)
  try {
    return copiedObject(value, walk)
  } finally {
    walk.around.delete(value)
  }
}

function copiedObject(value: object, walk: Walk): unknown {
  if (Array.isArray(value)) return items(value, walk)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (value instanceof Error) return short(String(value.stack ?? value.message))
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (value instanceof Set) return items([...value], walk)
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return copied((toJSON as () => unknown).call(value), walk)
  return members(value instanceof Map ? Object.fromEntries(value as Map<string, unknown>) : value, walk)
}

function items(list: readonly unknown[], walk: Walk): unknown[] {
  const copy: unknown[] = []
  for (let i = 0; i < list.length; i++) {
    if (walk.left <= 0) {
      copy.push(`[${list.length - i} more]`)
      break
    }
    copy.push(safely(list[i], walk))
  }
  return copy
}

function members(value: object, walk: Walk): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  const keys = Object.keys(value)
  for (const [i, key] of keys.entries()) {
    if (walk.left <= 0) {
      copy['…'] = `[${keys.length - i} more]`
      break
    }
    put(copy, short(key), member(value, key, walk))
  }
  return copy
}

function member(value: object, key: string, walk: Walk): unknown {
  try {
    const child = (value as Record<string, unknown>)[key]
    const isCard = typeof child === 'object' && cardKey.test(key)
    if (isCard || !walk.rules.hides(walk.prefix + key, child)) return within(isCard ? 'card-' : '', child, walk)
    walk.left--
    // That nothing is there is no secret.
    return child === undefined || child === null ? child : hidden
  } catch {
    return '[unreadable]'
  }
}

function within(prefix: Walk['prefix'], child: unknown, walk: Walk): unknown {
  const outer = walk.prefix
  walk.prefix = prefix
  const copy = safely(child, walk)
  walk.prefix = outer
  return copy
}

/** `__proto__` as an own key stays one. */
function put(copy: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(copy, key, { value, enumerable: true, configurable: true })
  else copy[key] = value
}

function short(text: string): string {
  if (text.length <= charsMax) return redactText(text)
  const safe = redactText(text.slice(0, charsMax + slack))
  return `${safe.slice(0, charsMax)}… (${text.length} characters)`
}
