import { blockKind } from './block.ts'
import { failKind } from './fail.ts'
import { httpKind } from './http.ts'
import type { Kind } from './kind.ts'
import { leakKind } from './leak.ts'
import { sleepKind } from './sleep.ts'
import { timeoutKind } from './timeout.ts'

/** Every kind of job that a stress run can mix. */
export const kinds: Readonly<Record<string, Kind>> = {
  sleep: sleepKind,
  http: httpKind,
  fail: failKind,
  timeout: timeoutKind,
  leak: leakKind,
  block: blockKind,
}
