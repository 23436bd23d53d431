import type { Finding } from '../../src/contract/index.ts'
import type { Link } from './link.ts'
import type { ServerFacts } from './server.ts'
import type { Row } from './sql.ts'

/** A transaction that is open for longer keeps the server from cleaning up behind us. */
const longTransactionS = 60
const historyMax = 1_000_000
const packetBytesLeast = 4 * 1024 * 1024

/** What of this server's settings and state one should know. Reads only. */
export async function diagnose(link: Link): Promise<Finding[]> {
  const facts = await link.use('diagnose', async (connection) => connection.facts)
  return [
    { name: 'version', state: 'ok', text: facts.version },
    durability(facts),
    binlog(facts),
    packet(facts),
    writable(facts),
    await isolation(link, facts),
    ...(await openTransactions(link)),
  ]
}

const durability = ({ flushAtCommit }: ServerFacts): Finding =>
  flushAtCommit === 1
    ? {
        name: 'durability',
        state: 'ok',
        text: 'innodb_flush_log_at_trx_commit is 1: what was acknowledged survives a power cut',
      }
    : {
        name: 'durability',
        state: 'warn',
        text: `innodb_flush_log_at_trx_commit is ${flushAtCommit}: a power cut takes the last second of what was acknowledged; 1 takes nothing`,
      }

function binlog({ binlog, syncBinlog, binlogFormat }: ServerFacts): Finding {
  if (!binlog) return { name: 'binlog', state: 'ok', text: 'off' }
  if (binlogFormat === 'STATEMENT') {
    return {
      name: 'binlog',
      state: 'fail',
      text: 'binlog_format is STATEMENT, which cannot log our transactions (READ COMMITTED); set it to ROW or MIXED',
    }
  }
  return syncBinlog === 1
    ? { name: 'binlog', state: 'ok', text: `${binlogFormat}, synced at each commit` }
    : {
        name: 'binlog',
        state: 'warn',
        text: `sync_binlog is ${syncBinlog}: after a power cut replicas may lack the last transactions; 1 keeps them`,
      }
}

const packet = ({ packetBytesMax }: ServerFacts): Finding =>
  packetBytesMax >= packetBytesLeast
    ? { name: 'max_allowed_packet', state: 'ok', text: `${packetBytesMax} bytes` }
    : {
        name: 'max_allowed_packet',
        state: 'warn',
        text: `${packetBytesMax} bytes: a larger job is refused; ${packetBytesLeast} and more is usual`,
      }

const writable = ({ readOnly }: ServerFacts): Finding =>
  readOnly
    ? { name: 'read_only', state: 'fail', text: 'the server is read-only: give the address of the primary' }
    : { name: 'read_only', state: 'ok', text: 'off' }

async function isolation(link: Link, { isMaria }: ServerFacts): Promise<Finding> {
  const variable = isMaria ? 'tx_isolation' : 'transaction_isolation'
  const [[row] = []] = await link.run('diagnose', [`select @@global.${variable}`])
  return { name: 'isolation', state: 'ok', text: `ours is READ-COMMITTED, the server's default ${String(row?.[0])}` }
}

/** Both need the right PROCESS. */
async function openTransactions(link: Link): Promise<Finding[]> {
  try {
    const [[oldest], [history]] = (await link.run('diagnose', [
      'select timestampdiff(second, min(trx_started), now()), count(*) from information_schema.innodb_trx',
      `select count from information_schema.innodb_metrics where name = 'trx_rseg_history_len'`,
    ])) as [Row[], Row[]]
    return [longest((oldest?.[0] ?? 0) as number), historyOf(Number(history?.[0] ?? 0))]
  } catch {
    return [{ name: 'transactions', state: 'ok', text: 'not known: this user lacks the right PROCESS' }]
  }
}

const longest = (seconds: number): Finding =>
  seconds <= longTransactionS
    ? { name: 'transactions', state: 'ok', text: `none is open for longer than ${longTransactionS} s` }
    : {
        name: 'transactions',
        state: 'warn',
        text: `the oldest is open for ${seconds} s: until it ends, the server keeps every row that was deleted since, and queues get slow`,
      }

const historyOf = (length: number): Finding => ({
  name: 'history list',
  state: length <= historyMax ? 'ok' : 'warn',
  text:
    length <= historyMax
      ? `${length} old row versions wait to be purged`
      : `${length} old row versions wait to be purged: look for a long transaction`,
})
