/** Replaces a method of a class; `change` gets the original, to be called with the same `this`. Answers the undo. */
export function patched<T extends object, K extends keyof T & string>(
  type: { prototype: T },
  name: K,
  change: (original: T[K]) => T[K],
): () => void {
  const original = type.prototype[name]
  type.prototype[name] = change(original)
  return () => {
    type.prototype[name] = original
  }
}

/** Replaces what a getter of a class answers. Answers the undo. */
export function patchedGetter<T extends object, K extends keyof T & string>(
  type: { prototype: T },
  name: K,
  value: T[K],
): () => void {
  const original = Object.getOwnPropertyDescriptor(type.prototype, name)!
  Object.defineProperty(type.prototype, name, { get: () => value, configurable: true })
  return () => void Object.defineProperty(type.prototype, name, original)
}
