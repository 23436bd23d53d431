import type { Fiber } from '../../src/sandbox/fiber.ts'
import { peekFiber } from '../../src/sandbox/storage.ts'
import type { Door } from './exchange.ts'

/** Jobs in a test whose requests are answered by the test. */
class MockedDoors {
  readonly #doors = new WeakMap<Fiber, Door>()
  #used = false

  add(fiber: Fiber, door: Door): void {
    this.#used = true
    this.#doors.set(fiber, door)
  }

  of(fiber: Fiber): Door | undefined {
    return this.#doors.get(fiber)
  }

  /** That of the job which runs here; outside of tests it is not even looked for. */
  here(): Door | undefined {
    if (!this.#used) return undefined
    const fiber = peekFiber()
    return fiber === undefined ? undefined : this.#doors.get(fiber)
  }
}

export const mockedDoors = new MockedDoors()
