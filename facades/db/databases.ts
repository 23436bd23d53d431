import { type Env, systemEnv } from '../../src/base/env.ts'
import { nearest } from '../../src/base/nearest.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import { currentFiber } from '../../src/sandbox/storage.ts'
import { Database } from './database.ts'
import { checkDbOptions, type DbOptions, invalid, settingsOf } from './options.ts'
import { Replicas } from './replicas.ts'

const tenantPoolsMax = 100
const tenantPoolMax = 5
const main = 'default'

/** The databases of a `Db`, by name and by tenant; each is opened when somebody first asks for it. */
export class Databases {
  #options: DbOptions
  readonly #named = new Map<string, Database>()
  /** By URL, the one that was used least lately first. */
  readonly #tenants = new Map<string, Database>()
  readonly #replicas = new Map<Database, Replicas>()

  constructor(options: DbOptions) {
    checkDbOptions(options)
    this.#options = options
  }

  get env(): Env {
    return this.#options.env ?? systemEnv
  }

  /** What was open is closed when those who use it have ended. */
  configure(options: DbOptions): void {
    checkDbOptions(options)
    void this.close()
    this.#options = options
  }

  /** Of that name; without one, of the running job's tenant, or the default one. Throws `FW_CONFIG_INVALID`, `FW_DB_BUSY`. */
  of(name: string | undefined): Database {
    if (name !== undefined) return this.#ofName(name)
    const tenant = this.#options.tenant === undefined ? undefined : currentFiber()?.tenant
    const chosen = tenant === undefined ? undefined : this.#options.tenant?.(tenant)
    if (chosen === undefined) return this.#ofName(main)
    return /^[a-z][a-z0-9+.-]*:/i.test(chosen) ? this.#ofTenant(tenant!, chosen) : this.#ofName(chosen)
  }

  /** Its copies, where it has some. */
  replicasOf(database: Database): Replicas | undefined {
    if (database.settings.replicas.length === 0) return undefined
    let replicas = this.#replicas.get(database)
    if (replicas === undefined) this.#replicas.set(database, (replicas = new Replicas(database)))
    return replicas
  }

  async close(): Promise<void> {
    const open = [...this.#named.values(), ...this.#tenants.values(), ...this.#replicas.values()]
    for (const map of [this.#named, this.#tenants, this.#replicas]) map.clear()
    await Promise.all(open.map((each) => each.close()))
  }

  #ofName(name: string): Database {
    let database = this.#named.get(name)
    if (database === undefined) {
      const given = this.#options.connections?.[name] ?? (name === main ? fromEnvironment() : undefined)
      if (given === undefined) throw this.#unknown(name)
      this.#named.set(name, (database = new Database(name, settingsOf(name, given), this.env)))
    }
    return database
  }

  #ofTenant(tenant: string, url: string): Database {
    let database = this.#tenants.get(url)
    if (database === undefined) {
      this.#makeRoom()
      const poolMax = this.#options.tenantPoolMax ?? tenantPoolMax
      database = new Database(`tenant ${tenant}`, settingsOf(`tenant ${tenant}`, { url, poolMax }), this.env)
    }
    // The last one in the map is the one used last.
    this.#tenants.delete(url)
    this.#tenants.set(url, database)
    return database
  }

  #makeRoom(): void {
    const max = this.#options.tenantPoolsMax ?? tenantPoolsMax
    if (this.#tenants.size < max) return
    for (const [url, database] of this.#tenants) {
      if (!database.pool.quiet) continue
      this.#tenants.delete(url)
      void database.close()
      return
    }
    throw new FiberWorkError('FW_DB_BUSY', `Db: all ${max} pools of tenants are in use (\`tenantPoolsMax\`).`)
  }

  #unknown(name: string): FiberWorkError {
    const known = Object.keys(this.#options.connections ?? {})
    if (name === main) {
      return invalid(
        'Db has no database: call Db.configure({ connections: { default: "postgres://…" } }), or set FIBER_WORK_DB_URL or DATABASE_URL.',
      )
    }
    const near = nearest(name, known)
    const hint = near === undefined ? `Known are: ${known.join(', ') || 'none'}.` : `Did you mean "${near}"?`
    return invalid(`Db has no connection "${name}". ${hint}`)
  }
}

function fromEnvironment(): string | undefined {
  return process.env['FIBER_WORK_DB_URL'] || process.env['DATABASE_URL'] || undefined
}
