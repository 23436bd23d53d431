import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { systemEnv, type Env } from '../../src/base/env.ts'

/** Time that stands still until it is told to go on. */
export class HandClock {
  nowMs = Date.UTC(2026, 4, 4)
  private timers: { atMs: number; run: () => void }[] = []
  readonly env: Env = {
    ...systemEnv,
    nowMs: () => this.nowMs,
    monoMs: () => this.nowMs,
    setTimer: (run, delayMs) => {
      const timer = { atMs: this.nowMs + delayMs, run }
      this.timers.push(timer)
      return { timer }
    },
    clearTimer: (timer) => {
      this.timers = this.timers.filter((one) => one !== timer?.timer)
    },
  }

  get waiting(): number {
    return this.timers.length
  }

  async pass(ms: number): Promise<void> {
    const end = this.nowMs + ms
    for (;;) {
      const next = this.timers.toSorted((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined || next.atMs > end) break
      this.nowMs = next.atMs
      this.timers = this.timers.filter((one) => one !== next)
      next.run()
      await settled()
    }
    this.nowMs = end
    await settled()
  }
}

/** blessed writes at the next turn of the loop. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

export class FakeInput extends PassThrough {
  isTTY = true
  isRaw = false
  setRawMode(raw: boolean): this {
    this.isRaw = raw
    return this
  }
}

export class FakeOutput extends EventEmitter {
  isTTY = true
  writable = true
  writableLength = 0
  columns = 80
  rows = 24
  text = ''
  write(text: string): boolean {
    this.text += text
    return true
  }
}
