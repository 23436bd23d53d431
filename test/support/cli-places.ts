import { Readable } from 'node:stream'
import { vi } from 'vitest'
import { Definitions } from '../../src/api/definitions.ts'
import { serve } from '../../src/api/server.ts'
import { loadJobs } from '../../src/cli/load/jobs.ts'
import { noFleet } from '../../src/api/no-fleet.ts'
import type { Client } from '../../src/connect/client.ts'
import { connect } from '../../src/connect/connect.ts'
import { InsideProject } from './cli-inside.ts'

export const secret = `sk_live_${'q'.repeat(24)}`

/** With both the commands are the same, and so are their answers. */
export const places = [
  ['on the store', false],
  ['by the API', true],
] as const

interface RunOptions {
  input?: string
  env?: Record<string, string>
}

/** The command line inside of a project with a store, and an API of it on a free port, in this process. The test mocks src/cli/process.ts. */
export class Places {
  readonly project = new InsideProject()
  url = ''
  /** That of the API. */
  client!: Client
  #close = async () => {}

  async open(): Promise<void> {
    // A handler as any copy of fiber-work makes it, without resolving one from here.
    this.project.write(
      'jobs/mail.mjs',
      `const validate = (value) => typeof value?.to === 'string' ? { value } : { issues: [{ message: 'is missing', path: ['to'] }] }
       const options = { input: { '~standard': { version: 1, vendor: 'test', validate } }, tenant: ({ to }) => to.split('@')[1], sensitive: ['note'] }
       export default { name: 'mail', queue: { name: 'mails', options: {} }, options, source: undefined, handle: () => {}, run: () => {} }`,
    )
    await this.project.run(`enqueue mail '{"to":"first@acme"}'`)
    const client = await connect('sqlite:./fiber-work.db')
    this.client = client
    const health = async () => ({ ok: true, ready: true, reasons: [], workers: [] })
    const server = await serve({ address: { host: '127.0.0.1', port: 0 }, health })
    const { handlers } = await loadJobs(['jobs'], process.cwd())
    await server.open({ client, fleet: noFleet, definitions: new Definitions(handlers) })
    this.url = server.url
    this.#close = async () => {
      await server.close()
      await client.close()
    }
  }

  async close(): Promise<void> {
    await this.#close()
    this.project.remove()
  }

  /** Runs with this on stdin and in the environment. */
  async run(args: string, { input, env = {} }: RunOptions = {}) {
    const stdin = Readable.from(input === undefined ? [] : [Buffer.from(input)])
    const spy = vi.spyOn(process, 'stdin', 'get').mockReturnValue(stdin as unknown as typeof process.stdin)
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    try {
      const { code: end, ...said } = await this.project.run(args)
      return { end, ...said }
    } finally {
      vi.unstubAllEnvs()
      spy.mockRestore()
    }
  }

  /** The one document of `--json`. */
  async json<T = Record<string, unknown>>(args: string, options: RunOptions = {}): Promise<T> {
    const { stdout, stderr } = await this.run(`${args} --json`, options)
    try {
      return JSON.parse(stdout) as T
    } catch {
      throw new Error(`not one JSON document: ${stdout}\n${stderr}`)
    }
  }
}
