import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import { defaults } from '../base/defaults.ts'
import { emit } from '../base/emit.ts'
import type { Env, Timer } from '../base/env.ts'
import type { FiberWorkError } from '../contract/errors.ts'
import { jobEvent } from '../engine/events.ts'
import type { HandOver } from '../engine/options.ts'
import type { Elsewhere, Stop } from '../sandbox/fiber.ts'
import { outside } from '../sandbox/storage.ts'
import { carry, revive } from './carry.ts'
import { notCopied, outOfMemory, threadError } from './faults.ts'
import { watchMemory } from './memory.ts'
import type { FromThread, Place, Task, ToThread } from './messages.ts'
import { listening, tellRelayed } from './relay.ts'

type Ended = Extract<FromThread, { kind: 'ended' }>

/** One job on its way through a thread, seen from the main thread. */
export class Errand implements Elsewhere {
  readonly hand: HandOver
  /** The handler has been found and runs. */
  begun = false
  signalUsed = false
  /** Told to stop, or ended, before a thread has taken it. */
  onStop: ((error: unknown) => void) | undefined
  readonly #env: Env
  readonly #place: Place
  #port: MessagePort | undefined
  #ended: Ended | undefined
  #end: AbortController | undefined
  #answer: Timer | undefined
  #pool: Piscina | undefined
  #unwatch: () => void = () => {}
  #tooBig = false

  constructor(env: Env, hand: HandOver, place: Place) {
    this.#env = env
    this.hand = hand
    this.#place = place
    hand.fiber.elsewhere = this
  }

  /** Hands it to a thread. Resolves when the thread is free again; the outcome is in `result()`. Rejects when the thread was lost. */
  async run(pool: Piscina): Promise<void> {
    if (this.hand.fiber.stop !== undefined || this.hand.fiber.settled) return
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#pool = pool
    this.#end = new AbortController()
    port1.on('message', (message: FromThread) => this.#hear(message))
    const opening = this.#env.setTimer(() => this.#neverBegan(), defaults.threadOpenMs, 'idle')
    try {
      const { signal } = this.#end
      await outside(() => pool.run(this.#task(port2), { transferList: [port2], signal }))
    } catch (error) {
      this.#lost(port1, error)
    } finally {
      this.#drain(port1)
      this.#env.clearTimer(opening)
      this.#env.clearTimer(this.#answer)
      this.#unwatch()
      this.#end = undefined
      port1.close()
    }
  }

  /** What the handler returned; throws what it threw. */
  result(): unknown {
    const { fiber } = this.hand
    const ended = this.#ended
    if (ended === undefined) throw fiber.stop?.error ?? threadError(this.hand, 'it said nothing')
    if (ended.error !== undefined) throw revive(ended.error)
    if (ended.followUps !== undefined) fiber.followUps = [...(fiber.followUps ?? []), ...ended.followUps]
    return ended.value
  }

  /** Its thread does not come up: it need not be waited for. */
  give(error: unknown): void {
    if (this.begun) return
    this.#end?.abort(error)
  }

  stopped({ kind, error }: Stop): void {
    if (kind === 'settled') return
    this.onStop?.(error)
    if (this.#end === undefined) return
    // It has not come to its first line: its thread still starts, or imports its file.
    if (!this.begun) return this.#end.abort(error)
    const message: ToThread = { kind: 'stop', why: kind, error: carry(error) }
    this.#port?.postMessage(message)
    // A worker that stops gives its jobs the rest of its grace.
    if (kind === 'shutdown') return
    this.#answer = this.#env.setTimer(() => this.#terminate('unanswered'), defaults.threadAnswerMs, 'idle')
  }

  ended(): void {
    this.onStop?.(this.hand.fiber.stop?.error)
    this.#terminate('stuck')
  }

  #task(port: MessagePort): Task {
    const { fiber, data, attemptsMax, timeoutMs } = this.hand
    const { loan, worker, principal, stuckMs } = fiber
    const job = { ...loan.job, body: '' }
    // In the thread there is no tracer: what goes out from there carries the span of the attempt.
    if (fiber.trace !== undefined) job.headers = { ...job.headers, ...fiber.trace.headers() }
    const task = { port, loan: { ...loan, job }, worker, principal, data, attemptsMax, timeoutMs, stuckMs }
    return { ...this.#place, ...task, listening: listening() }
  }

  #hear(message: FromThread): void {
    const { fiber } = this.hand
    switch (message.kind) {
      case 'began':
        this.begun = true
        this.#watchMemory(message.thread)
        return this.hand.begun()
      case 'heard':
        this.#env.clearTimer(this.#answer)
        return
      case 'progress':
        fiber.progress = message.text
        return
      case 'event':
        return tellRelayed(message)
      case 'blamed':
        return fiber.abort('blamed', revive(message.error) as FiberWorkError)
      case 'ended':
        this.#ended = message
        this.signalUsed = message.signalUsed
    }
  }

  /** Its last words may still lie in the port when its thread is gone. */
  #drain(port: MessagePort): void {
    for (let last = receiveMessageOnPort(port); last !== undefined; last = receiveMessageOnPort(port)) {
      this.#hear(last.message as FromThread)
    }
  }

  #lost(port: MessagePort, error: unknown): void {
    this.#drain(port)
    if (this.#ended !== undefined || this.hand.fiber.stop !== undefined) return
    throw this.#tooBig ? outOfMemory(this.hand) : (notCopied(this.hand, error) ?? threadError(this.hand, error))
  }

  #watchMemory(id: number): void {
    const { memoryMbMax } = this.hand.handler.options
    const thread = this.#pool?.threads.find(({ threadId }) => threadId === id)
    if (memoryMbMax === undefined || thread === undefined) return
    this.#unwatch = watchMemory(this.#env, thread, memoryMbMax, () => {
      this.#tooBig = true
      this.#end?.abort(new Error('it holds too much'))
    })
  }

  #neverBegan(): void {
    if (!this.begun) this.#end?.abort(new Error(`it did not begin within ${defaults.threadOpenMs} ms`))
  }

  #terminate(why: 'unanswered' | 'stuck'): void {
    if (this.#end === undefined || this.#ended !== undefined) return
    const { fiber } = this.hand
    emit('thread.terminated', () => ({ ...jobEvent(fiber), why, runMs: this.#env.monoMs() - fiber.startedMonoMs }))
    this.#end.abort(new Error('the thread was ended'))
  }
}
