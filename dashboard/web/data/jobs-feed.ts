import { type Signal, signal } from '@preact/signals'
import type { Filter, JobPageView, JobView } from '../../../src/client.ts'
import { mergePage } from '../../model/job-rows.ts'
import { api } from './api.ts'
import { type CallOff, whenSeen } from './seen.ts'

export interface Feed {
  rows: readonly JobView[]
  /** Rows that are not of the list any more; they keep their places until one goes to the top. */
  gone: ReadonlySet<string>
  /** Newer than the first row, and not shown yet. */
  fresh: readonly JobView[]
  isLoading: boolean
  /** There are more, or may be. */
  hasMore: boolean
  /** Jobs that were looked at for these rows, where the list is a search. */
  read: number
  readTo?: string
  error?: Error
}

const pageRows = 100
const everyMs = 2_000
/** What no index helps with costs the store a search each time. */
const searchEveryMs = 15_000
/** A search goes on by itself for so many pages without a row; then one is asked. */
const emptyPagesMax = 5

interface Page {
  cursor: string | undefined
  first: number
}

/** The jobs that a filter means, newest first: read page by page as one scrolls, and kept fresh where one looks. */
export class JobsFeed {
  readonly state: Signal<Feed> = signal({
    rows: [],
    gone: new Set(),
    fresh: [],
    isLoading: true,
    hasMore: true,
    read: 0,
  })
  readonly #filter: Filter
  readonly #controller = new AbortController()
  #pages: Page[] = []
  #next: string | null | undefined
  #emptyPages = 0
  #visible: readonly [number, number] = [0, 0]
  #isAtTop = true
  #isApart = false
  #callOff: CallOff | undefined

  constructor(filter: Filter) {
    this.#filter = filter
  }

  start(): void {
    void this.#load()
    this.#plan()
  }

  stop(): void {
    this.#controller.abort()
    this.#callOff?.()
  }

  /** Which rows one sees now. The next page is read before one is at the end. */
  look(first: number, last: number, isAtTop: boolean): void {
    this.#visible = [first, last]
    this.#isAtTop = isAtTop
    const { rows, hasMore, isLoading, error } = this.state.peek()
    if (isAtTop && this.#hasNews()) this.show()
    if (
      last >= rows.length - pageRows / 2 &&
      hasMore &&
      !isLoading &&
      error === undefined &&
      this.#emptyPages < emptyPagesMax
    ) {
      void this.#load()
    }
  }

  /** Go on, after an error, or where a search has paused. */
  more(): void {
    this.#emptyPages = 0
    void this.#load()
  }

  /** Put what is new above the rows, and drop what is gone. */
  show(): void {
    const { rows, fresh, gone } = this.state.peek()
    if (this.#isApart) return void this.reload()
    this.#set({ rows: [...fresh, ...rows.filter(({ id }) => !gone.has(id))], fresh: [], gone: new Set() })
    this.#pages = this.#pages.map(({ cursor, first }) => ({ cursor, first: first === 0 ? 0 : first + fresh.length }))
  }

  /** From the start. */
  reload(): void {
    this.#pages = []
    this.#next = undefined
    this.#isApart = false
    this.#set({ hasMore: true, read: 0 })
    void this.#load()
  }

  /** Look again now: something was done to these jobs. */
  async refresh(): Promise<void> {
    const [first, last] = this.#visible
    const seen = this.#pages.filter(
      (page, at) => page.first <= last && (this.#pages[at + 1]?.first ?? Infinity) >= first,
    )
    const head = this.#pages[0]
    try {
      for (const page of new Set([...(head === undefined ? [] : [head]), ...seen.slice(-3)])) await this.#reread(page)
      const { error: _gone, ...rest } = this.state.peek()
      this.state.value = rest
    } catch (error) {
      this.#fail(error)
    }
  }

  async #reread(page: Page): Promise<void> {
    const isFirst = page.cursor === undefined
    const answer = await this.#list(page.cursor)
    const { rows, gone } = this.state.peek()
    // All of the list is on this page, or what was empty is not any more.
    const isWhole = answer.cursor === null && this.#isAtTop
    if (isFirst && (isWhole || (rows.length === 0 && answer.jobs.length > 0))) return this.#begin(answer)
    const merged = mergePage(rows, answer.jobs, { isFirst, isLast: answer.cursor === null })
    const still = [...gone].filter((id) => !answer.jobs.some((job) => job.id === id))
    if (isFirst) this.#isApart = merged.apart
    this.#set({
      rows: merged.rows,
      gone: new Set([...still, ...merged.gone]),
      ...(isFirst && { fresh: merged.fresh }),
    })
    if (this.#isAtTop && this.#hasNews()) this.show()
  }

  async #load(): Promise<void> {
    const cursor = this.#next ?? undefined
    const isFirst = this.#pages.length === 0
    this.#set({ isLoading: true })
    try {
      const answer = await this.#list(cursor)
      if (isFirst) this.#begin(answer)
      else this.#append(answer, cursor)
      this.look(...this.#visible, this.#isAtTop)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** The first page, in the place of whatever was there. */
  #begin({ jobs, cursor, read, readTo }: JobPageView): void {
    this.#pages = [{ cursor: undefined, first: 0 }]
    this.#next = cursor
    this.#isApart = false
    this.#emptyPages = jobs.length === 0 ? 1 : 0
    this.state.value = {
      rows: jobs,
      gone: new Set(),
      fresh: [],
      isLoading: false,
      hasMore: cursor !== null,
      read: read ?? 0,
      ...(readTo !== undefined && { readTo }),
    }
  }

  #append({ jobs, cursor: next, read, readTo }: JobPageView, cursor: string | undefined): void {
    const { error: _gone, ...before } = this.state.peek()
    const known = new Set(before.rows.map(({ id }) => id))
    const added = jobs.filter(({ id }) => !known.has(id))
    this.#pages.push({ cursor, first: before.rows.length })
    this.#next = next
    this.#emptyPages = added.length === 0 ? this.#emptyPages + 1 : 0
    this.state.value = {
      ...before,
      rows: [...before.rows, ...added],
      isLoading: false,
      hasMore: next !== null,
      read: before.read + (read ?? 0),
      ...(readTo !== undefined && { readTo }),
    }
  }

  #list(cursor: string | undefined): Promise<JobPageView> {
    return api.jobs.list(this.#filter, {
      limit: pageRows,
      signal: this.#controller.signal,
      ...(cursor !== undefined && { cursor }),
    })
  }

  #hasNews(): boolean {
    const { fresh, gone } = this.state.peek()
    return fresh.length > 0 || gone.size > 0
  }

  #plan(): void {
    const ms = this.#filter.error === undefined ? everyMs : searchEveryMs
    this.#callOff = whenSeen(ms, () => {
      const isBusy = this.state.peek().isLoading
      void (isBusy ? Promise.resolve() : this.refresh()).then(() => this.#controller.signal.aborted || this.#plan())
    })
  }

  #set(changes: Partial<Feed>): void {
    this.state.value = { ...this.state.peek(), ...changes }
  }

  #fail(error: unknown): void {
    if (this.#controller.signal.aborted) return
    this.#set({ isLoading: false, error: error instanceof Error ? error : new Error(String(error)) })
  }
}
