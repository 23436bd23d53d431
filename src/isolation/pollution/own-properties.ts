import { type Change, noChanges, type Part } from './part.ts'
import {
  apply,
  defineProperty,
  deleteProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  is,
  isExtensible,
  mapDelete,
  mapGet,
  mapHas,
  mapSet,
  ownKeys,
  setPrototypeOf,
} from './primordials.ts'

export interface Filter {
  /** Only these of the properties that it has at the beginning; all by default. */
  only?: (key: PropertyKey, value: unknown) => boolean
  /** Properties that may come; none by default. */
  mayCome?: (key: PropertyKey) => boolean
}

const accessor = Symbol('accessor')
const nameMax = 80

/**
 * An object by its own properties: added, removed, replaced, frozen, given another prototype. It is looked at by reading; getters
 * that it had from the beginning are compared and not called.
 */
export class OwnProperties implements Part {
  readonly #name: string
  readonly #object: object
  readonly #filter: Filter
  /** All keys in their order, and what is read there; side by side, for the quick look. */
  #keys: PropertyKey[] = []
  #values: unknown[] = []
  readonly #known = new Map<PropertyKey, PropertyDescriptor>()
  #prototype: object | null
  #extensible: boolean

  constructor(name: string, object: object, filter: Filter = {}) {
    this.#name = name
    this.#object = object
    this.#filter = filter
    this.#prototype = getPrototypeOf(object)
    this.#extensible = isExtensible(object)
    for (const key of ownKeys(object)) {
      const property = getOwnPropertyDescriptor(object, key)
      if (property !== undefined && (filter.only?.(key, property.value) ?? true)) this.#known.set(key, property)
    }
    this.#remember()
  }

  changes(): readonly Change[] {
    return this.#isSame() ? noChanges : this.#differences()
  }

  /** Most looks end here, and find nothing. */
  #isSame(): boolean {
    const object = this.#object as Record<PropertyKey, unknown>
    if (isExtensible(object) !== this.#extensible || getPrototypeOf(object) !== this.#prototype) return false
    const keys = ownKeys(object)
    if (keys.length !== this.#keys.length) return false
    try {
      for (let at = 0; at < keys.length; at++) {
        const key = keys[at]!
        if (key !== this.#keys[at]) return false
        const value = this.#values[at]
        if (value === undefined) continue
        if (value === accessor ? !this.#isSameAccessor(key) : !is(object[key], value)) return false
      }
    } catch {
      // A getter has come, and throws.
      return false
    }
    return true
  }

  #isSameAccessor(key: PropertyKey): boolean {
    const known = mapGet(this.#known, key)!
    const now = getOwnPropertyDescriptor(this.#object, key)
    return now !== undefined && now.get === known.get && now.set === known.set
  }

  #remember(): void {
    this.#keys = ownKeys(this.#object)
    const values: unknown[] = []
    for (let at = 0; at < this.#keys.length; at++) {
      const known = mapGet(this.#known, this.#keys[at]!)
      values[at] = known === undefined || 'value' in known ? (known?.value as unknown) : accessor
    }
    this.#values = values
  }

  #differences(): Change[] {
    const found: Change[] = []
    const gone = this.#keys
    const keys = ownKeys(this.#object)
    for (let at = 0; at < gone.length; at++) {
      const key = gone[at]!
      if (!mapHas(this.#known, key) || getOwnPropertyDescriptor(this.#object, key) !== undefined) continue
      found[found.length] = this.#change(key, 'was removed', undefined)
    }
    for (let at = 0; at < keys.length; at++) {
      const change = this.#difference(keys[at]!)
      if (change !== undefined) found[found.length] = change
    }
    this.#ofTheWhole(found)
    // Only their order differs, or what is not watched.
    if (found.length === 0) this.#remember()
    return found
  }

  #difference(key: PropertyKey): Change | undefined {
    const known = mapGet(this.#known, key)
    const now = getOwnPropertyDescriptor(this.#object, key)
    if (now === undefined) return undefined
    if (known === undefined) {
      const { only, mayCome } = this.#filter
      const isFine = mayCome?.(key) === true || only?.(key, now.value) === false
      return isFine ? undefined : this.#change(key, 'was added', now)
    }
    if (isEqual(known, now)) return undefined
    if (isMadeAtFirstUse(this.#object, key, known, now)) {
      mapSet(this.#known, key, now)
      return undefined
    }
    return this.#change(key, hasEqualValue(known, now) ? 'was redefined' : 'was replaced', now)
  }

  /** What is not about one property. */
  #ofTheWhole(found: Change[]): void {
    const object = this.#object
    const prototype = getPrototypeOf(object)
    if (prototype !== this.#prototype) {
      found[found.length] = {
        text: `the prototype of ${this.#name} was replaced`,
        undo: () => setPrototypeOf(object, this.#prototype),
        accept: () => (this.#prototype = prototype),
      }
    }
    const extensible = isExtensible(object)
    if (extensible !== this.#extensible) {
      found[found.length] = {
        text: `${this.#name} was frozen, sealed or closed`,
        undo: () => {},
        accept: () => (this.#extensible = extensible),
      }
    }
  }

  #change(key: PropertyKey, what: string, now: PropertyDescriptor | undefined): Change {
    const known = mapGet(this.#known, key)
    return {
      text: `${this.#name}${shownKey(key)} ${what}`,
      undo: () => {
        if (known === undefined) deleteProperty(this.#object, key)
        else defineProperty(this.#object, key, known)
      },
      accept: () => {
        if (now === undefined) mapDelete(this.#known, key)
        else mapSet(this.#known, key, now)
        this.#remember()
      },
    }
  }
}

function isEqual(one: PropertyDescriptor, other: PropertyDescriptor): boolean {
  return (
    hasEqualValue(one, other) &&
    one.enumerable === other.enumerable &&
    one.configurable === other.configurable &&
    one.writable === other.writable
  )
}

function hasEqualValue(one: PropertyDescriptor, other: PropertyDescriptor): boolean {
  return is(one.value, other.value) && one.get === other.get && one.set === other.set
}

/** Node makes some globals when they are first read: a getter that becomes the value which it would have answered. */
function isMadeAtFirstUse(
  object: object,
  key: PropertyKey,
  known: PropertyDescriptor,
  now: PropertyDescriptor,
): boolean {
  if (known.get === undefined || !('value' in now)) return false
  const { value } = now as { value: unknown }
  try {
    if (is(apply(known.get, object, []), value)) return true
    // The getter has just made the real one, and put it there.
    defineProperty(object, key, now)
    return false
  } catch {
    return false
  }
}

function shownKey(key: PropertyKey): string {
  if (typeof key === 'symbol') return `[${String(key)}]`
  const text = String(key)
  return text.length > nameMax ? `.${text.substring(0, nameMax)}…` : `.${text}`
}
