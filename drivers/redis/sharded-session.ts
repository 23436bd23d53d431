/** `host:pid:1a-x` and `host:pid:2b-y` are one session: `host:pid:1a-x+2b-y`. */
export function nameOfSession(names: readonly string[]): string {
  const [first = ''] = names
  return first.slice(0, first.lastIndexOf(':') + 1) + names.map((name) => partsOfSession(name)[0]).join('+')
}

/** What each shard calls its part of the session. */
export function partsOfSession(name: string): string[] {
  return name.slice(name.lastIndexOf(':') + 1).split('+')
}
