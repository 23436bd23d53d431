import { writeSync } from 'node:fs'
import { on } from '../../src/base/emit.ts'
import { connect } from '../../src/index.ts'
import { contextLosses } from '../../src/isolation/context/canary.ts'

// A worker in a process that somebody has changed before (--import): says what it lost, and stops.
on('context.lost', (event) => writeSync(1, JSON.stringify(event)))
await using client = await connect('memory:')
const worker = await client.work([], JSON.parse(process.argv[2]!) as object)
// The same once more, and again: when this has come to an end, so has the worker's.
for (let round = 0; round < 2; round++) await contextLosses()
await worker.stop({ graceMs: 0 })
