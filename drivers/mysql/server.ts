import { FiberWorkError } from '../../src/contract/index.ts'
import type { DriverTraits } from '../../src/contract/index.ts'
import type { Row } from './sql.ts'

/** What a server is like, asked when a connection is made. */
export interface ServerFacts {
  version: string
  isMaria: boolean
  packetBytesMax: number
  flushAtCommit: number
  syncBinlog: number
  binlog: boolean
  binlogFormat: string
  readOnly: boolean
  durable: DriverTraits['durable']
  warnings: string[]
}

export const askFacts = `select version(), @@max_allowed_packet, @@innodb_flush_log_at_trx_commit, @@sync_binlog, @@log_bin,
  @@binlog_format, @@global.read_only`

const oldest = { maria: [10, 6, 0], mysql: [8, 0, 1] } as const

/** @throws FW_CONNECT_FAILED */
export function factsOf(row: Row, place: string): ServerFacts {
  const [version, packet, flush, sync, log, format, readOnly] = row
  const text = String(version)
  const isMaria = /mariadb/i.test(text)
  refuseOld(text, isMaria, place)
  const facts: ServerFacts = {
    version: text,
    isMaria,
    packetBytesMax: Number(packet),
    flushAtCommit: Number(flush),
    syncBinlog: Number(sync),
    binlog: Number(log) === 1,
    binlogFormat: String(format),
    readOnly: !['0', 'OFF'].includes(String(readOnly)),
    durable: Number(flush) === 1 ? 'power' : 'system',
    warnings: [],
  }
  if (facts.flushAtCommit !== 1) {
    facts.warnings.push(
      `innodb_flush_log_at_trx_commit is ${facts.flushAtCommit}: a power cut takes the last second of what was acknowledged.`,
    )
  }
  return facts
}

export function refuseOld(version: string, isMaria: boolean, place: string): void {
  const numbers = /(\d+)\.(\d+)\.(\d+)/
    .exec(version.replace(/^5\.5\.5-/, ''))
    ?.slice(1)
    .map(Number) ?? [0, 0, 0]
  const least = isMaria ? oldest.maria : oldest.mysql
  for (const [i, number] of least.entries()) {
    if (numbers[i]! > number) return
    if (numbers[i]! < number) {
      throw new FiberWorkError(
        'FW_CONNECT_FAILED',
        `${place}: the server is ${version}; needed is MariaDB ≥ 10.6 or MySQL ≥ 8.0.1 (SKIP LOCKED).`,
        { retryable: false },
      )
    }
  }
}

/** How long a lock is waited for; then the call begins anew, or fails. */
const lockWaitS = 3

/**
 * A process that is stopped in the middle of a transaction keeps its queues locked: MariaDB ends such a connection. MySQL can only
 * end all that are idle.
 */
const idleS = { maria: 2, mysql: 30 } as const

/** What our connections rely on, whatever the server's defaults are. */
export const sessionSettings = ({ isMaria }: ServerFacts): string => `set session
  ${isMaria ? 'tx_isolation' : 'transaction_isolation'} = 'READ-COMMITTED', sql_mode = 'STRICT_ALL_TABLES', time_zone = '+00:00',
  innodb_lock_wait_timeout = ${lockWaitS}, ${isMaria ? `idle_transaction_timeout = ${idleS.maria}` : `wait_timeout = ${idleS.mysql}`},
  innodb_strict_mode = on, sql_safe_updates = 0, autocommit = 1`
