import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { Hand } from '../../drivers/conformance/hand.ts'
import { sqliteDriver, type SqliteOptions } from '../../drivers/sqlite/index.ts'
import type { StoredJob } from '../../src/contract/index.ts'

/** A folder of its own, gone when the test has finished. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'fiber-work-sqlite-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** An opened driver, closed when the test has finished. */
export async function open(path: string, options: Partial<SqliteOptions> = {}): Promise<Hand> {
  const hand = new Hand(sqliteDriver({ path, ...options }))
  onTestFinished(() => hand.driver.close().catch(() => {}))
  return hand.open()
}

export const job = (id: string, fields: Partial<StoredJob> = {}): StoredJob => ({
  id,
  queue: 'q',
  name: 'work',
  priority: 5,
  body: `{"id":"${id}"}`,
  ...fields,
})

export const jobs = (count: number, fields: Partial<StoredJob> = {}, prefix = 'job-'): StoredJob[] =>
  Array.from({ length: count }, (_, i) => job(`${prefix}${String(i).padStart(6, '0')}`, fields))

/** Another process, that runs `code` with `driver` (opened), `Hand`, `path` and `say` (a line of JSON to the parent) at hand. */
export class Child {
  readonly process: ChildProcess
  readonly said: unknown[] = []
  readonly #lines: AsyncIterator<string>
  #stderr = ''

  constructor(path: string, code: string, options: Partial<SqliteOptions> = {}) {
    const text = `
      import { writeSync } from 'node:fs'
      import { setTimeout as sleep } from 'node:timers/promises'
      import { DatabaseSync } from 'node:sqlite'
      import { Hand } from ${JSON.stringify(new URL('../../drivers/conformance/hand.ts', import.meta.url).href)}
      import { sqliteDriver } from ${JSON.stringify(new URL('../../drivers/sqlite/index.ts', import.meta.url).href)}
      const path = ${JSON.stringify(path)}
      const say = (value) => writeSync(1, JSON.stringify(value) + '\\n')
      const job = (id) => ({ id, queue: 'q', name: 'work', priority: 5, body: '{}' })
      const driver = sqliteDriver({ path, ...${JSON.stringify(options)} })
      ${code}`
    this.process = spawn(process.execPath, ['--input-type=module', '--eval', text], { stdio: ['pipe', 'pipe', 'pipe'] })
    this.process.stderr!.setEncoding('utf8').on('data', (chunk: string) => (this.#stderr += chunk))
    this.#lines = createInterface(this.process.stdout!)[Symbol.asyncIterator]()
    onTestFinished(() => void this.process.kill('SIGKILL'))
  }

  /** The next thing it says. */
  async next(): Promise<unknown> {
    const { done, value } = await this.#lines.next()
    if (done === true) throw new Error(`The child ended without a word: ${this.#stderr}`)
    return JSON.parse(value)
  }

  /** Everything else it says, once it has ended well. */
  async rest(): Promise<unknown[]> {
    const said: unknown[] = []
    for (let line = await this.#lines.next(); line.done !== true; line = await this.#lines.next()) {
      said.push(JSON.parse(line.value))
    }
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit')
    if (this.process.exitCode !== 0) throw new Error(`The child failed (${this.process.exitCode}): ${this.#stderr}`)
    return said
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL')
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit')
  }
}

/** A small file system of its own; undefined where this user may not mount one. */
export function smallDisk(bytes: number): { folder: string; makeReadonly(): void } | undefined {
  const mounted = folder()
  if (!run('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', mounted)) return undefined
  onTestFinished(() => void run('umount', '-l', mounted))
  return { folder: mounted, makeReadonly: () => void run('mount', '-o', 'remount,ro', mounted) }
}

function run(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A folder that may not be written, with `fill` done to it before: for root, whom permissions do not stop, a read-only mount. */
export async function readonlyFolder(fill: (folder: string) => Promise<void>): Promise<string | undefined> {
  if (process.getuid?.() === 0) {
    const disk = smallDisk(8 * 1024 * 1024)
    if (disk === undefined) return undefined
    await fill(disk.folder)
    disk.makeReadonly()
    return disk.folder
  }
  if (!existsSync('/bin/sh')) return undefined
  const made = folder()
  await fill(made)
  chmodSync(made, 0o555)
  onTestFinished(() => chmodSync(made, 0o755))
  return made
}
