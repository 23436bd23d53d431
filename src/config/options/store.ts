import { defaults } from '../../base/defaults.ts'
import { duration, type Option } from './option.ts'

/** The store, and what goes into it. */
export const storeOptions = {
  url: {
    kind: 'text',
    flag: 'url',
    argument: 'URL',
    secret: true,
    default: 'sqlite:./fiber-work.db',
    help: 'the store',
    allowed: 'a store URL: sqlite:./jobs.db or memory:',
  },
  ledger: {
    kind: 'text',
    flag: 'ledger',
    argument: 'URL',
    secret: true,
    help: 'a store beside a broker, which keeps what the broker cannot (unique keys, results, limits)',
    allowed: 'the URL of a store that keeps records: redis://127.0.0.1 or sqlite:./ledger.db',
  },
  drivers: {
    kind: 'list',
    flag: 'driver',
    argument: 'FILE',
    help: 'a driver of your own for the store: a file, or an installed package; several times',
    allowed: 'a list of files and packages, each of which exports a driver ({ schemes, store }) by default',
  },
  leaseMs: {
    kind: 'duration',
    flag: 'lease',
    argument: 'TIME',
    default: defaults.leaseMs,
    help: 'how soon the jobs of a dead worker run elsewhere',
    allowed: `${duration} from 100ms to 1h`,
  },
  bodyBytesMax: {
    kind: 'count',
    flag: 'body-bytes-max',
    argument: 'BYTES',
    default: defaults.bodyBytesMax,
    help: 'largest input of a job',
    allowed: 'an integer from 1 to 1073741824',
  },
  resultBytesMax: {
    kind: 'count',
    flag: 'result-bytes-max',
    argument: 'BYTES',
    default: defaults.resultBytesMax,
    help: 'larger results are dropped',
    allowed: 'an integer from 0 to 1073741824',
  },
  outbox: {
    kind: 'text',
    flag: 'outbox',
    argument: 'URL',
    secret: true,
    help: 'hand on the jobs that wait in the outbox of this database; true: of `Db`',
    allowed:
      'a database URL (postgres://user@host/database, mysql://…, sqlite:./app.db), or true for the database of `Db`',
  },
  encryptionKeys: {
    kind: 'text',
    flag: 'encryption-keys',
    argument: 'KEYS',
    secret: 'whole',
    flagless: true,
    help: 'encrypt inputs and results in the store',
    allowed:
      'id:base64 of 32 bytes, several with commas, the current one first; in a file also { keys: { id: base64 }, current: id }',
  },
} as const satisfies Record<string, Option>
