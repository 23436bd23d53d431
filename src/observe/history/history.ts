import type { Env } from '../../base/env.ts'
import type { QueueDepth } from '../../contract/driver.ts'
import type { Ledger } from '../../contract/ledger.ts'
import { HistoryKeeper } from './keeper.ts'
import { Recorder } from './recorder.ts'

export interface HistoryPorts {
  env: Env
  ledger: Ledger
  isMine: (session: string) => boolean
  depth: () => Promise<QueueDepth[]>
}

/** Begins to write down what happens, and to add up what all processes wrote. Answers how to end it, with the last minute written. */
export function startHistory(ports: HistoryPorts): () => Promise<void> {
  const recorder = new Recorder(ports)
  const keeper = new HistoryKeeper(ports.env, ports.ledger)
  recorder.start()
  keeper.start()
  return async () => {
    await Promise.all([recorder.stop(), keeper.stop()])
  }
}
