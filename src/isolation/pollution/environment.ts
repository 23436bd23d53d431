import { type Change, noChanges, type Part } from './part.ts'

const nameMax = 80
/** Winter and summer of a year that is over: what these show changes only with the timezone. */
const moments = [new Date(Date.UTC(2001, 0, 1)), new Date(Date.UTC(2001, 6, 1))]
// As it was when we came: a job may put another one in its place.
const { getTimezoneOffset } = Date.prototype

/** The environment variables; by name only, their values may be secrets. */
export class Environment implements Part {
  readonly #env = process.env
  #names: string[] = []
  #values: (string | undefined)[] = []

  constructor() {
    this.#remember()
  }

  changes(): readonly Change[] {
    return this.#isSame() ? noChanges : this.#differences()
  }

  #isSame(): boolean {
    const names = Object.keys(this.#env)
    if (names.length !== this.#names.length) return false
    for (let at = 0; at < names.length; at++) {
      const name = names[at]!
      if (name !== this.#names[at] || this.#env[name] !== this.#values[at]) return false
    }
    return true
  }

  #differences(): Change[] {
    const known = new Map(this.#names.map((name, at) => [name, this.#values[at]]))
    const names = new Set([...known.keys(), ...Object.keys(this.#env)])
    const changes = [...names].flatMap((name) => {
      const was = known.get(name)
      const now = this.#env[name]
      if (was === now) return []
      const what = was === undefined ? 'was added' : now === undefined ? 'was removed' : 'was changed'
      return [this.#change(name, what, was)]
    })
    // Only their order differs.
    if (changes.length === 0) this.#remember()
    return changes
  }

  #change(name: string, what: string, was: string | undefined): Change {
    return {
      text: `process.env.${name.slice(0, nameMax)} ${what}`,
      undo: () => {
        if (was === undefined) delete this.#env[name]
        else this.#env[name] = was
        this.#remember(name, was)
      },
      accept: () => this.#remember(name, this.#env[name]),
    }
  }

  /** Everything as it is, or this one only. */
  #remember(name?: string, value?: string): void {
    if (name === undefined) {
      this.#names = Object.keys(this.#env)
      this.#values = this.#names.map((each) => this.#env[each])
      return
    }
    const known = new Map(this.#names.map((each, at) => [each, this.#values[at]]))
    if (value === undefined) known.delete(name)
    else known.set(name, value)
    const order = [...new Set([...Object.keys(this.#env), ...known.keys()])].filter((each) => known.has(each))
    this.#names = order
    this.#values = order.map((each) => known.get(each))
  }
}

/** What `TZ` is about: how far the clocks on the wall are from UTC. Put back together with the variable. */
export class Timezone implements Part {
  #offsets = offsets()

  changes(): readonly Change[] {
    const now = offsets()
    if (now === this.#offsets) return noChanges
    return [
      {
        text: 'the timezone was changed, for all dates of the process',
        undo: () => {},
        accept: () => (this.#offsets = now),
      },
    ]
  }
}

function offsets(): string {
  return moments.map((moment) => getTimezoneOffset.call(moment)).join()
}
