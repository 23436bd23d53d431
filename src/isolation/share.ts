/**
 * Something that is installed once for the process, however many workers ask for it: the first one installs it, the last one takes
 * it away, and what it does it does for all of them.
 */
export function share<User>(install: (users: ReadonlySet<User>) => () => void): (user: User) => () => void {
  const users = new Set<User>()
  let undo: (() => void) | undefined
  return (user) => {
    users.add(user)
    undo ??= install(users)
    return () => {
      users.delete(user)
      if (users.size > 0) return
      undo?.()
      undo = undefined
    }
  }
}

/**
 * Another function in the place of a method, until it is undone. Whoever has replaced it once more keeps his: then ours stays in between.
 */
export function replace<Target extends object, Name extends keyof Target>(
  target: Target,
  name: Name,
  make: (original: Target[Name]) => Target[Name],
): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name)
  const replacement = make(target[name])
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable: true,
    writable: true,
    ...before,
    value: replacement,
  })
  return () => {
    if (target[name] !== replacement) return
    if (before === undefined) delete target[name]
    else Object.defineProperty(target, name, before)
  }
}
