import type { Reservation } from '../../src/contract/driver.ts'
import type { Verdict } from '../../src/contract/verdict.ts'
import { Beat } from '../../src/engine/beat.ts'
import { Governor } from '../../src/engine/governor.ts'
import { Pace } from '../../src/engine/pace.ts'
import { type Admission, Probation } from '../../src/engine/probation.ts'
import { Roster } from '../../src/engine/roster.ts'
import { Settler } from '../../src/engine/settle.ts'
import { Watch } from '../../src/engine/watch.ts'
import { Fiber } from '../../src/sandbox/fiber.ts'
import type { Mutant } from './mutants.ts'
import { WiredDriver } from './network.ts'
import { patched } from './patched.ts'

/** Verdicts are changed on their way to the store; `undefined` loses one. */
const settling = (change: (verdict: Verdict) => Verdict | undefined) => (): (() => void) =>
  patched(
    Settler,
    'push',
    (original) =>
      function (this: Settler, loan, verdict) {
        const changed = change(verdict)
        if (changed !== undefined) original.call(this, loan, changed)
      },
  )

export const coreMutants: Mutant[] = [
  {
    name: 'release-burns-an-attempt',
    plant: settling((verdict) => (verdict.kind === 'release' ? { ...verdict, kind: 'retry' } : verdict)),
  },
  {
    name: 'give-up-is-lost',
    plant: settling((verdict) =>
      verdict.kind === 'dead' && verdict.reason.startsWith('GiveUp') ? undefined : verdict,
    ),
  },
  {
    name: 'unknown-job-is-dead',
    plant: settling((verdict) =>
      verdict.kind === 'release' && verdict.error?.startsWith('No handler') === true
        ? { kind: 'dead', reason: 'unknown' }
        : verdict,
    ),
  },
  {
    name: 'follow-ups-are-lost',
    plant: settling((verdict) => ({ ...verdict, followUps: [] })),
  },
  {
    name: 'retried-while-alive',
    plant: (world) =>
      patched(
        Fiber,
        'abort',
        (original) =>
          function (this: Fiber, kind, error) {
            original.call(this, kind, error)
            const worker = [...world.workers.values()].find(({ engine }) => engine.session === this.worker)
            if (kind === 'timeout') worker?.engine.settler.push(this.loan, { kind: 'retry', due: { inMs: 0 } })
          },
      ),
  },
  {
    name: 'demand-ignores-concurrency',
    plant: () => patched(Governor, 'allowed', () => (concurrency) => concurrency + 3),
  },
  {
    name: 'share-forgets-the-paced-line',
    plant: () => patched(Pace, 'waitingOf', () => () => 0),
  },
  {
    name: 'cancels-are-dropped',
    plant: () =>
      patched(
        WiredDriver,
        'beat',
        (original) =>
          async function (this: WiredDriver, report) {
            return { ...(await original.call(this, report)), cancelled: [] }
          },
      ),
  },
  {
    name: 'revoked-session-reused',
    plant: () => {
      const first = new WeakMap<WiredDriver, Promise<{ session: string }>>()
      return patched(
        WiredDriver,
        'open',
        (original) =>
          function (this: WiredDriver) {
            first.set(this, first.get(this) ?? original.call(this))
            return first.get(this)!
          },
      )
    },
  },
  {
    name: 'reconcile-releases-what-runs',
    plant: () => patched(Roster, 'receipts', () => () => []),
  },
  {
    name: 'timeouts-are-forgotten',
    plant: () => patched(Watch, 'expect', () => () => {}),
  },
  {
    name: 'timer-left-after-stop',
    plant: () => patched(Governor, 'end', () => () => {}),
  },
  {
    name: 'suspects-are-quarantined-at-once',
    plant: () =>
      patched(
        Probation,
        'admit',
        (original) =>
          function (this: Probation, loan: Reservation, inFlight: number): Admission {
            if (loan.crashes > 0) return { kind: 'refuse', verdict: { kind: 'quarantined', reason: 'a suspect' } }
            return original.call(this, loan, inFlight)
          },
      ),
  },
  {
    name: 'suspect-begins-unannounced',
    plant: () => patched(Beat, 'told', () => () => Promise.resolve()),
  },
  {
    name: 'sandbox-outlives-its-job',
    plant: () => patched(Fiber, 'settle', () => () => {}),
  },
]
