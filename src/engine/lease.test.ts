import { expect, it } from 'vitest'
import { systemEnv } from '../base/env.ts'
import { Lease } from './lease.ts'

function leaseAt(guarded: boolean) {
  const now = { ms: 0 }
  const guard = {
    renewedMsAgo: Infinity,
    renewals: 0,
    kept: [] as string[],
    keep: (session: string) => void guard.kept.push(session),
  }
  const lease = new Lease({ ...systemEnv, monoMs: () => now.ms }, 1_000, guarded ? guard : undefined)
  return { now, guard, lease }
}

it('without a guardian it is ours to renew, and outlived when nobody did for its whole length', () => {
  const { now, lease } = leaseAt(false)
  lease.began('s')
  now.ms = 900
  expect([lease.isOurs, lease.outlived]).toEqual([true, false])
  lease.renewed()
  now.ms = 1_901
  expect(lease.outlived).toBe(true)
  expect([lease.ageMs, lease.renewals]).toEqual([1_001, { guardian: 0, beats: 1 }])
})

it('is the guardian’s for as long as that renews, and ours again when it fails', () => {
  const { now, guard, lease } = leaseAt(true)
  lease.began('s')
  expect([guard.kept, lease.isOurs]).toEqual([['s'], true])
  guard.renewedMsAgo = 400
  now.ms = 60_000
  expect([lease.isOurs, lease.outlived]).toEqual([false, false])
  now.ms += 200
  guard.renewedMsAgo = 600
  expect([lease.isOurs, lease.outlived]).toEqual([true, false])
  now.ms += 401
  guard.renewedMsAgo = 1_001
  expect([lease.isOurs, lease.outlived]).toEqual([true, true])
})
