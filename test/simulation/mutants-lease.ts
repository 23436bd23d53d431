import { Beat } from '../../src/engine/beat.ts'
import { Lease } from '../../src/engine/lease.ts'
import { Pace } from '../../src/engine/pace.ts'
import { Reopening } from '../../src/engine/reopening.ts'
import { Solo } from '../../src/engine/solo.ts'
import { Renewals } from '../../src/guardian/renewals.ts'
import type { Mutant } from './mutants.ts'
import { patched, patchedGetter } from './patched.ts'

/** Sessions, their leases, and whoever renews them. */
export const leaseMutants: Mutant[] = [
  {
    name: 'guardian-never-gives-up',
    plant: () => patched(Renewals, 'pause', () => () => {}),
  },
  {
    name: 'guardian-renews-the-first-session-only',
    plant: () => {
      const kept = new WeakSet<Renewals>()
      return patched(
        Renewals,
        'keep',
        (original) =>
          function (this: Renewals, session) {
            if (!kept.has(this)) original.call(this, session)
            kept.add(this)
          },
      )
    },
  },
  {
    name: 'guardian-accuses-a-neighbour',
    plant: (world) =>
      patched(
        Renewals,
        'accuse',
        (original) =>
          function (this: Renewals, receipts) {
            const session = world.shadow.sessionOf.get(receipts[0]!)!
            const neighbours = world.shadow.heldBy(session).map(({ loan }) => loan!.receipt)
            return original.call(this, neighbours.filter((one) => !receipts.includes(one)).slice(0, 1))
          },
      ),
  },
  {
    name: 'guardian-is-not-believed',
    plant: () => patchedGetter(Lease, 'isOurs', false),
  },
  {
    name: 'outlived-lease-goes-on',
    plant: () => patchedGetter(Lease, 'outlived', false),
  },
  {
    name: 'unbegun-is-not-reported',
    plant: () => patched(Solo, 'unbegun', () => () => []),
  },
  {
    name: 'revoked-session-starts-what-it-held',
    plant: () =>
      patched(
        Pace,
        'clear',
        () =>
          function (this: Pace) {
            return this.loans()
          },
      ),
  },
  {
    name: 'revocation-is-not-heard',
    plant: () => patched(Reopening, 'begin', () => () => Promise.resolve()),
  },
  {
    name: 'beats-end-early',
    plant: () =>
      patched(
        Beat,
        'start',
        (original) =>
          function (this: Beat) {
            original.call(this)
            void this.stop()
          },
      ),
  },
  {
    name: 'accusation-is-ignored',
    keeper: (keeper) => ({ ...keeper, accuse: async () => {} }),
  },
  {
    name: 'accusation-outlives-a-renewal',
    keeper: (keeper, world) => ({
      ...keeper,
      renew: async (id, health) => {
        const session = world.memory.sessions.get(id)
        const accused = session?.accused
        const answer = await keeper.renew(id, health)
        if (accused !== undefined) session!.accused = accused
        return answer
      },
    }),
  },
  {
    name: 'renewal-of-the-dead-succeeds',
    keeper: (keeper) => ({
      ...keeper,
      renew: async (id, health) => {
        await keeper.renew(id, health)
        return 'alive'
      },
    }),
  },
]
