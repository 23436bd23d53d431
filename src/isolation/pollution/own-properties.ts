import { type Change, noChanges, type Part } from './part.ts'

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
  #known = new Map<PropertyKey, PropertyDescriptor>()
  #prototype: object | null
  #extensible: boolean

  constructor(name: string, object: object, filter: Filter = {}) {
    this.#name = name
    this.#object = object
    this.#filter = filter
    this.#prototype = Object.getPrototypeOf(object) as object | null
    this.#extensible = Object.isExtensible(object)
    for (const key of Reflect.ownKeys(object)) {
      const property = Object.getOwnPropertyDescriptor(object, key)
      if (property !== undefined && this.#isWatched(key, property)) this.#known.set(key, property)
    }
    this.#remember()
  }

  changes(): readonly Change[] {
    return this.#isSame() ? noChanges : this.#differences()
  }

  #isWatched(key: PropertyKey, { value }: PropertyDescriptor): boolean {
    return this.#filter.only?.(key, value) ?? true
  }

  /** Most looks end here, and find nothing. */
  #isSame(): boolean {
    const object = this.#object as Record<PropertyKey, unknown>
    if (Object.isExtensible(object) !== this.#extensible) return false
    if (Object.getPrototypeOf(object) !== this.#prototype) return false
    const keys = Reflect.ownKeys(object)
    if (keys.length !== this.#keys.length) return false
    try {
      for (let at = 0; at < keys.length; at++) {
        const key = keys[at]!
        if (key !== this.#keys[at]) return false
        const value = this.#values[at]
        if (value === accessor ? !this.#isSameAccessor(key) : value !== undefined && !Object.is(object[key], value))
          return false
      }
    } catch {
      // A getter has come, and throws.
      return false
    }
    return true
  }

  #isSameAccessor(key: PropertyKey): boolean {
    const known = this.#known.get(key)!
    const now = Object.getOwnPropertyDescriptor(this.#object, key)
    return now !== undefined && now.get === known.get && now.set === known.set
  }

  #remember(): void {
    this.#keys = Reflect.ownKeys(this.#object)
    this.#values = this.#keys.map((key) => {
      const known = this.#known.get(key)
      if (known === undefined) return undefined
      return 'value' in known ? (known.value as unknown) : accessor
    })
  }

  #differences(): Change[] {
    const found: Change[] = []
    for (const [key, known] of this.#known) {
      const now = Object.getOwnPropertyDescriptor(this.#object, key)
      if (now === undefined) found.push(this.#change(key, 'was removed', undefined))
      else if (!isEqual(known, now)) {
        if (isMadeAtFirstUse(this.#object, key, known, now)) this.#known.set(key, now)
        else found.push(this.#change(key, hasEqualValue(known, now) ? 'was redefined' : 'was replaced', now))
      }
    }
    found.push(...this.#additions(), ...this.#ofTheWhole())
    this.#remember()
    return found
  }

  #additions(): Change[] {
    const { only, mayCome } = this.#filter
    return Reflect.ownKeys(this.#object).flatMap((key) => {
      if (this.#known.has(key) || mayCome?.(key) === true) return []
      const now = Object.getOwnPropertyDescriptor(this.#object, key)
      if (now === undefined || only?.(key, now.value) === false) return []
      return [this.#change(key, 'was added', now)]
    })
  }

  /** What is not about one property. */
  #ofTheWhole(): Change[] {
    const object = this.#object
    const found: Change[] = []
    const prototype = Object.getPrototypeOf(object) as object | null
    if (prototype !== this.#prototype) {
      found.push({
        text: `the prototype of ${this.#name} was replaced`,
        undo: () => Object.setPrototypeOf(object, this.#prototype),
        accept: () => (this.#prototype = prototype),
      })
    }
    const extensible = Object.isExtensible(object)
    if (extensible !== this.#extensible) {
      found.push({
        text: `${this.#name} was frozen, sealed or closed`,
        undo: () => {},
        accept: () => (this.#extensible = extensible),
      })
    }
    return found
  }

  #change(key: PropertyKey, what: string, now: PropertyDescriptor | undefined): Change {
    const known = this.#known.get(key)
    return {
      text: `${this.#name}${shownKey(key)} ${what}`,
      undo: () => {
        if (known === undefined) Reflect.deleteProperty(this.#object, key)
        else Object.defineProperty(this.#object, key, known)
        this.#remember()
      },
      accept: () => {
        if (now === undefined) this.#known.delete(key)
        else this.#known.set(key, now)
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
  return Object.is(one.value, other.value) && one.get === other.get && one.set === other.set
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
    if (Object.is(known.get.call(object), value)) return true
    // The getter has just made the real one, and put it there.
    Object.defineProperty(object, key, now)
    return false
  } catch {
    return false
  }
}

function shownKey(key: PropertyKey): string {
  if (typeof key === 'symbol') return `[${String(key).slice(0, nameMax)}]`
  const text = String(key).slice(0, nameMax)
  return /^[A-Za-z_$][\w$]*$/.test(text) ? `.${text}` : `[${JSON.stringify(text)}]`
}
