import { vi } from 'vitest'

// Of itself it waits for one second, which is short on a busy machine.
const { waitFor } = vi
vi.waitFor = (what, options) =>
  waitFor(what, typeof options === 'number' ? options : { timeout: 10_000, interval: 20, ...options })
