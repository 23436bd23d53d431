import { FiberWorkError } from '../../src/contract/errors.ts'
import type { Keeper } from './keeper.ts'
import { changed, recordText, textOf, type Values, valueOf, valuesOf } from './values.ts'

const triesMax = 20

interface Loaded {
  values: Values
  version: string | undefined
}

/** What one job sees of a session: as it was at the first use, with the job's own changes, which are written when it is done. */
export class Copy {
  readonly #keeper: Keeper
  readonly #id: string
  #loaded: Promise<Loaded> | undefined
  /** What the job has read or written, as it was: if others have changed that, it was wrong. */
  readonly #touched = new Map<string, string | undefined>()
  readonly #changes = new Map<string, string | undefined>()

  constructor(keeper: Keeper, id: string) {
    this.#keeper = keeper
    this.#id = id
  }

  async get(key: string): Promise<unknown> {
    await this.#touch(key)
    return valueOf(this.#changes.has(key) ? this.#changes.get(key) : this.#touched.get(key))
  }

  async set(key: string, value: unknown): Promise<void> {
    const text = textOf(value, key, await this.#keeper.settings())
    await this.#touch(key)
    this.#changes.set(key, text)
  }

  /** At once, whatever becomes of the job. */
  async update(key: string, change: (value: unknown) => unknown): Promise<unknown> {
    const own = this.#changes.has(key) ? { text: this.#changes.get(key), on: this.#touched.get(key) } : undefined
    const text = await update(this.#keeper, this.#id, key, (text) => {
      if (own === undefined) return change(valueOf(text))
      if (text !== own.on) throw conflict(this.#id, key)
      return change(valueOf(own.text))
    })
    this.#changes.delete(key)
    this.#touched.set(key, text)
    return valueOf(text)
  }

  /** Writes the changes: where others have written since, beside theirs, unless they changed what this job has read or written. */
  async write(): Promise<void> {
    if (this.#changes.size === 0) return
    const { env } = this.#keeper
    const settings = await this.#keeper.settings()
    let { values, version: expected } = await this.#load()
    for (let tries = 1; ; tries++) {
      const [text, version] = [recordText(changed(values, this.#changes), settings), env.id()]
      if (await this.#keeper.write(this.#id, { text, expected, version, ttlMs: settings.ttlMs })) break
      if (tries > triesMax) throw conflict(this.#id)
      if (tries > 1) await this.#keeper.giveWay(this.#id, tries)
      const record = await this.#keeper.read(this.#id)
      values = valuesOf(record)
      expected = record?.version
      for (const [key, was] of this.#touched) if (values.get(key) !== was) throw conflict(this.#id, key)
    }
    this.#changes.clear()
  }

  async #touch(key: string): Promise<void> {
    const { values } = await this.#load()
    if (!this.#touched.has(key)) this.#touched.set(key, values.get(key))
  }

  #load(): Promise<Loaded> {
    if (this.#loaded === undefined) {
      const loading = this.#keeper
        .read(this.#id)
        .then((record) => ({ values: valuesOf(record), version: record?.version }))
      this.#loaded = loading
      loading.catch(() => (this.#loaded = undefined))
    }
    return this.#loaded
  }
}

/**
 * Change one value by what it is now, and again if somebody was quicker. Answers its text.
 * Throws what `change` throws, `FW_SESSION_CONFLICT` after `updateMsMax`, `FW_SESSION_TOO_LARGE`, `FW_VALUE_NOT_JSON`.
 */
export async function update(
  keeper: Keeper,
  id: string,
  key: string,
  change: (text: string | undefined) => unknown,
): Promise<string | undefined> {
  const { env } = keeper
  const settings = await keeper.settings()
  const untilMs = env.monoMs() + settings.updateMsMax
  for (let tries = 1; ; tries++) {
    const record = await keeper.read(id)
    const values = valuesOf(record)
    const next = textOf(await change(values.get(key)), key, settings)
    const text = recordText(changed(values, new Map([[key, next]])), settings)
    const write = { text, expected: record?.version, version: env.id(), ttlMs: settings.ttlMs }
    if (await keeper.write(id, write)) return next
    if (env.monoMs() >= untilMs) throw conflict(id, key)
    await keeper.giveWay(id, tries)
  }
}

function conflict(id: string, key?: string): FiberWorkError {
  const what = key === undefined ? 'was changed by others again and again' : `has another ${JSON.stringify(key)} by now`
  return new FiberWorkError('FW_SESSION_CONFLICT', `The session ${id} ${what}.`)
}
