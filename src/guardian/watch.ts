import { machineMs } from '../base/env.ts'
import type { Block } from '../contract/events.ts'
import type { Answer } from './look.ts'
import type { Found } from './messages.ts'
import type { NativeView } from './native.ts'
import type { Shared } from './shared.ts'

/** An answer within this time came from inside JavaScript, or native code has ended just then. */
const fastMs = 200
/** If the loop still does not turn after this, it was what answered that blocks it. */
const confirmMs = 150
/** Without an answer for this long the main thread is in native code. */
const lateMs = 400
/** This thread itself looks every so often; when it is this late, the whole process stood still (SIGSTOP). */
const stoodStillMs = 1_000

/** A question that is under way; closed when nobody wants its answer any more. */
export interface Asked {
  close(): void
}

export interface WatchPorts {
  shared: Shared
  native: NativeView
  askMs: number
  blockMsMax: number
  stallMsMax: number
  /** @throws when nobody may be asked */
  ask: (onAnswer: (answer: Answer | undefined, answeredMs: number) => void) => Asked
  /** It is blocked for longer than it may. */
  blocked: (found: Found, blockedMs: number) => void
  /** It was, and turns again. */
  recovered: (found: Found, blockedMs: number) => void
  /** It is blocked for longer than the longest stall; what is known of it is of this moment. */
  stalled: (found: Found, blockedMs: number) => void
}

/** One stretch of silence. */
interface Silence {
  /** The last beat before it. */
  beatAtMs: number
  asked: Asked | undefined
  askedAtMs: number
  /** Not to be asked again before it is that long. */
  nextAskMs: number
  found: Found
  /** For how long the question went unanswered that found this. */
  waitedMs: number
  /** A fast answer, exact if the silence goes on. */
  fast: { found: Found; atMs: number } | undefined
  told: boolean
  stall: 'no' | 'asked' | 'told'
  /** The beat that ended it, while an answer that may still come is waited for, until the next look. */
  endedAtMs: number | undefined
}

/** Watches the beats of the main loop, asks it when they stop, and judges what the answer is worth. */
export class Watch {
  readonly #ports: WatchPorts
  #silence: Silence | undefined
  #lookedAtMs = machineMs()
  /** Silence before this does not count: the process stood still. */
  #fromMs = machineMs()

  constructor(ports: WatchPorts) {
    this.#ports = ports
  }

  /** What blocks the loop now, if it is worth a word. */
  get current(): { found: Found; blockedMs: number } | undefined {
    const silence = this.#silence
    return silence?.told === true
      ? { found: silence.found, blockedMs: this.#silentMs(silence.beatAtMs, machineMs()) }
      : undefined
  }

  look(): void {
    const nowMs = machineMs()
    if (nowMs - this.#lookedAtMs > stoodStillMs) this.#standStill(nowMs)
    this.#lookedAtMs = nowMs
    const { beatAtMs } = this.#ports.shared
    if (this.#silence !== undefined && this.#silence.beatAtMs !== beatAtMs && !this.#end(this.#silence, beatAtMs))
      return
    const silentMs = this.#silentMs(beatAtMs, nowMs)
    if (beatAtMs === 0 || silentMs < this.#ports.askMs) return
    const silence = (this.#silence ??= this.#begin(beatAtMs, nowMs))
    this.#goOn(silence, silentMs, nowMs)
  }

  end(): void {
    this.#silence?.asked?.close()
    this.#silence = undefined
  }

  #silentMs(beatAtMs: number, nowMs: number): number {
    return nowMs - Math.max(beatAtMs, this.#fromMs)
  }

  #standStill(nowMs: number): void {
    this.end()
    this.#fromMs = nowMs
  }

  #begin(beatAtMs: number, nowMs: number): Silence {
    this.#ports.native.begin(nowMs)
    const found = this.#nothing()
    return {
      beatAtMs,
      asked: undefined,
      askedAtMs: 0,
      nextAskMs: 0,
      found,
      waitedMs: 0,
      fast: undefined,
      told: false,
      stall: 'no',
      endedAtMs: undefined,
    }
  }

  #nothing(block: Partial<Block> = {}): Found {
    return { block: { sure: 'unknown', ...block }, budgetMs: this.#ports.blockMsMax }
  }

  /** What has answered at once is still there: it is what blocks. */
  #confirm(silence: Silence, nowMs: number): void {
    const { fast } = silence
    if (fast === undefined || nowMs - fast.atMs < confirmMs) return
    silence.fast = undefined
    this.#learn(silence, { ...fast.found, block: { ...fast.found.block, sure: 'exact' } }, 0)
  }

  /** Who was seen blocking is not forgotten for somebody who may have, nor a suspect for whoever came to run after him. */
  #learn(silence: Silence, found: Found, waitedMs: number): void {
    const isWorse = silence.found.block.sure === 'exact' || waitedMs < silence.waitedMs
    if (found.block.sure !== 'exact' && isWorse) return
    silence.found = found
    silence.waitedMs = waitedMs
  }

  #goOn(silence: Silence, silentMs: number, nowMs: number): void {
    const { native, shared, stallMsMax, stalled } = this.#ports
    if (silence.stall === 'no' && silentMs >= stallMsMax && !shared.debugged) {
      // What was found out minutes ago may not be what blocks now.
      silence.found = this.#nothing()
      silence.waitedMs = 0
      silence.fast = undefined
      silence.stall = 'asked'
      if (silence.asked === undefined) this.#ask(silence, nowMs)
    } else if (silence.asked === undefined && silentMs >= silence.nextAskMs) {
      this.#ask(silence, nowMs)
    }
    this.#confirm(silence, nowMs)
    const unanswered = silence.asked !== undefined && nowMs - silence.askedAtMs > lateMs
    if (unanswered) {
      const told = native.tell(nowMs)
      const why = 'The main thread is in native code.'
      this.#learn(
        silence,
        this.#nothing({ why, ...(told !== undefined && { native: told }) }),
        nowMs - silence.askedAtMs,
      )
    }
    const isOpen = (silence.asked !== undefined && !unanswered) || silence.fast !== undefined
    if (isOpen) return
    if (silence.stall === 'asked') {
      silence.stall = 'told'
      stalled(silence.found, silentMs)
    }
    this.#tell(silence, silentMs)
  }

  #tell(silence: Silence, silentMs: number): void {
    const { block, budgetMs } = silence.found
    if (silence.told || silentMs < budgetMs || (block.sure === 'unknown' && block.why === undefined)) return
    silence.told = true
    this.#ports.blocked(silence.found, silentMs)
  }

  #ask(silence: Silence, nowMs: number): void {
    silence.askedAtMs = nowMs
    // A block of a minute is looked at a handful of times.
    silence.nextAskMs = 2 * this.#silentMs(silence.beatAtMs, nowMs)
    try {
      silence.asked = this.#ports.ask((answer, answeredMs) => this.#answered(silence, answer, answeredMs))
    } catch (error) {
      silence.nextAskMs = Infinity
      // Who cannot look does not act.
      silence.stall = 'told'
      silence.found.block.why = `The main thread may not be asked: ${error instanceof Error ? error.message : String(error)}`
    }
  }

  #answered(silence: Silence, answer: Answer | undefined, answeredMs: number): void {
    silence.asked = undefined
    if (answer === undefined) {
      silence.nextAskMs = Infinity
      silence.found.block.why = 'The main thread did not know what it does.'
      return
    }
    const { blockMsMax: budgetMs = this.#ports.blockMsMax, receipt, job, at, stack } = answer
    const isFast = answeredMs <= fastMs && this.#ports.shared.beatAtMs === silence.beatAtMs
    const native = silence.found.block.native ?? this.#ports.native.tell(machineMs())
    const block: Block = {
      sure: 'suspect',
      ...(job !== undefined && { job }),
      ...(at !== undefined && { at }),
      stack,
      ...(!isFast && native !== undefined && { native }),
      ...(this.#ports.shared.debugged && { why: 'An inspector is open: somebody may have stopped the process.' }),
    }
    const found = { block, budgetMs, ...(receipt !== undefined && { receipt }) }
    if (isFast) silence.fast = { found, atMs: machineMs() }
    else this.#learn(silence, found, answeredMs)
    silence.nextAskMs = Math.max(silence.nextAskMs, budgetMs)
  }

  /** The loop turns again. Answers whether that was the end of it: an answer under way is given one more look. */
  #end(silence: Silence, beatAtMs: number): boolean {
    const isAwaited = silence.asked !== undefined && silence.endedAtMs === undefined
    silence.endedAtMs ??= beatAtMs
    if (isAwaited) return false
    const blockedMs = this.#silentMs(silence.beatAtMs, silence.endedAtMs)
    if (silence.fast !== undefined) this.#learn(silence, silence.fast.found, 0)
    this.end()
    this.#tell(silence, blockedMs)
    if (silence.told) this.#ports.recovered(silence.found, blockedMs)
    return true
  }
}
