import { Agent, get, type IncomingMessage } from 'node:http'
import type { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import { awaited, called, read } from '../styles.ts'
import { connectionsMax, known } from './client.ts'
import { type Loopback, loopback } from './loopback.ts'

const nothing = { packages: [], schemes: [], variables: [] }

/** The `fetch` that handlers call: Node's own, or what somebody has put in its place. */
export const fetchClient = known<Loopback>({
  ...nothing,
  name: 'fetch',
  aliases: [],
  probe: () => ({
    open: loopback,
    close: (server) => server.close(),
    ways: [
      ...awaited<Loopback>('fetch(url)', async ({ url }) => (await fetch(url)).text()),
      read('for await (… of response.body)', async ({ url }) => (await fetch(url)).body!),
    ],
  }),
})

interface HttpClient extends Loopback {
  agent: Agent
}

/** `node:http`, on connections that are kept alive. */
export const http = known<HttpClient>({
  ...nothing,
  name: 'node:http',
  aliases: ['http'],
  probe: () => ({
    open: async () => ({ ...(await loopback()), agent: new Agent({ keepAlive: true, maxSockets: connectionsMax }) }),
    close: ({ agent, close }) => (agent.destroy(), close()),
    ways: [
      called('callback', 'http.get(url, callback)', ({ url, agent }, done) =>
        get(url, { agent }, (response) => (done(), response.resume())).on('error', done),
      ),
      called('event', "response.on('end', …)", ({ url, agent }, heard) =>
        get(url, { agent }, (response) => response.on('end', () => heard()).resume()).on('error', heard),
      ),
      read('for await (… of response)', async ({ url, agent }) => {
        return new Promise<IncomingMessage>((resolve, reject) => get(url, { agent }, resolve).on('error', reject))
      }),
    ],
  }),
})

interface Undici {
  Pool: new (origin: string, options: object) => Pool
}

interface Answer {
  body: Readable & { text(): Promise<string>; dump(): Promise<void> }
}

interface Pool extends EventEmitter {
  request(options: object): Promise<Answer>
  request(options: object, callback: (error: Error | null, answer: Answer) => void): void
  destroy(): Promise<void>
}

interface UndiciClient extends Loopback {
  pool: Pool
}

const options = { method: 'GET', path: '/' }

export const undici = known<UndiciClient>({
  ...nothing,
  name: 'undici',
  aliases: [],
  packages: ['undici'],
  probe: ([module]) => ({
    async open() {
      const { Pool } = module as Undici
      const server = await loopback()
      return { ...server, pool: new Pool(server.url, { connections: connectionsMax }) }
    },
    close: ({ pool, close }) => pool.destroy().finally(close),
    ways: [
      ...awaited<UndiciClient>('pool.request(…)', async ({ pool }) => (await pool.request(options)).body.text()),
      called('callback', 'pool.request(…, callback)', ({ pool }, done) =>
        pool.request(options, (error, answer) => {
          done(error)
          void answer.body.dump()
        }),
      ),
      called('event', "body.on('end', …)", async ({ pool }, heard) => {
        const { body } = await pool.request(options)
        body.on('end', () => heard()).resume()
      }),
      read('for await (… of body)', async ({ pool }) => (await pool.request(options)).body),
    ],
  }),
})
