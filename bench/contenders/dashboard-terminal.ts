import { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { ReadStream, WriteStream } from 'node:tty'
import { openTerminalDashboard } from '../../dashboard/terminal/index.ts'
import { Definitions } from '../../src/api/definitions.ts'
import { systemEnv } from '../../src/base/env.ts'
import { openLocalApi } from '../../src/cli/local-api.ts'
import { connect } from '../../src/index.ts'
import { answersOf } from '../../src/worker/answers.ts'
import { fleetOfWorker } from '../../src/worker/fleet.ts'
import { spin } from './dashboard-jobs.ts'
import { fill, takeTurns } from './dashboard-turns.ts'
import { input, report } from './input.ts'

// The terminal's dashboard in the process of its worker, on a terminal that takes everything at once.
const given = input({ turns: 5, seconds: 3, settleMs: 1_000, columns: 120, rows: 40 })
const folder = mkdtempSync(join(tmpdir(), 'fiber-work-bench-'))
const client = await connect(`sqlite:${join(folder, 'jobs.db')}`)
await fill(client, given)
const worker = await client.work([spin])
const fleet = fleetOfWorker(
  answersOf(() => worker),
  systemEnv,
)
const { api, close } = await openLocalApi({ client, fleet, definitions: new Definitions([spin]) })

function terminal(): { input: ReadStream; output: WriteStream } {
  const { columns, rows } = given
  const keys = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => keys })
  const screen = { isTTY: true, writable: true, writableLength: 0, columns, rows, write: () => true }
  return {
    input: keys as unknown as ReadStream,
    output: Object.assign(new EventEmitter(), screen) as unknown as WriteStream,
  }
}

async function look(): Promise<() => Promise<void>> {
  const shown = openTerminalDashboard({ source: api, ...terminal() })
  return async () => {
    shown.close()
    await shown.closed
  }
}

const done = async () => (await worker.snapshot()).totals.done
report(await takeTurns(given, done, look))
await close()
await worker.stop({ graceMs: 0 })
await client.close()
rmSync(folder, { recursive: true, force: true })
