import { describe, it } from 'node:test'
import { driverConformance } from 'fiber-work/conformance'
import { natsHarness } from './harness.ts'

const url = process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222'

driverConformance(
  { describe, it },
  natsHarness(url, [
    {
      law: 'an id is taken in every queue, not in its own alone',
      reason: 'an id is a subject, and a subject has a queue',
    },
    {
      law: 'delayed jobs are counted as delayed, and as ready once they are due',
      reason:
        'the server cannot tell them apart: a delayed job counts as ready until a worker was given it, and parked it',
    },
  ]),
)
