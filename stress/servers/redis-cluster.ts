import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, RedisServer } from './redis.ts'

const slots = 16_384

/** A real cluster of masters without replicas, each on a free port of this machine. */
export class RedisCluster implements AsyncDisposable {
  readonly nodes: readonly RedisServer[]

  private constructor(nodes: RedisServer[]) {
    this.nodes = nodes
  }

  static async start(count = 3, config: Record<string, string | number> = {}): Promise<RedisCluster> {
    const nodes: RedisServer[] = []
    const cluster = new RedisCluster(nodes)
    try {
      for (let i = 0; i < count; i++) {
        const own = { 'cluster-enabled': 'yes', 'cluster-port': await freePort(), 'cluster-node-timeout': 1_000 }
        nodes.push(await RedisServer.start({ config: { ...own, ...config } }))
      }
      await cluster.#join()
      return cluster
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw error
    }
  }

  get url(): string {
    return `redis+cluster://${this.nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`
  }

  /** Who serves the slot of this key. */
  async ownerOf(key: string): Promise<RedisServer> {
    const [first] = this.nodes
    const slot = Number(await first!.say('CLUSTER', 'KEYSLOT', key))
    const found = (await first!.say('CLUSTER', 'NODES')).split('\n').find((line) => serves(line, slot))
    const port = Number(/:(\d+)@/.exec(found ?? '')?.[1])
    return this.nodes.find((node) => node.port === port)!
  }

  /** Moves the slot of this key, with its keys, to another node. `midway` runs when half of them have moved. */
  async move(key: string, to: RedisServer, midway: () => Promise<void> = async () => {}): Promise<void> {
    const from = await this.ownerOf(key)
    const slot = await from.say('CLUSTER', 'KEYSLOT', key)
    const [source, target] = [await from.say('CLUSTER', 'MYID'), await to.say('CLUSTER', 'MYID')]
    await to.say('CLUSTER', 'SETSLOT', slot, 'IMPORTING', source)
    await from.say('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target)
    const keys = (await from.say('CLUSTER', 'GETKEYSINSLOT', slot, 100_000)).split('\n').filter((name) => name !== '')
    for (const [i, name] of keys.entries()) {
      if (i === Math.floor(keys.length / 2)) await midway()
      await from.say('MIGRATE', '127.0.0.1', to.port, name, 0, 5_000)
    }
    for (const node of [to, from, ...this.nodes]) await node.say('CLUSTER', 'SETSLOT', slot, 'NODE', target)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()))
  }

  async #join(): Promise<void> {
    const [first] = this.nodes
    const share = slots / this.nodes.length
    for (const [i, node] of this.nodes.entries()) {
      await node.say('CLUSTER', 'SET-CONFIG-EPOCH', i + 1)
      await node.say('CLUSTER', 'ADDSLOTSRANGE', Math.round(i * share), Math.round((i + 1) * share) - 1)
      if (node !== first) {
        const bus = await node.say('CONFIG', 'GET', 'cluster-port')
        await first!.say('CLUSTER', 'MEET', '127.0.0.1', node.port, bus.split('\n')[1]!)
      }
    }
    for (const node of this.nodes) await this.#agree(node)
  }

  async #agree(node: RedisServer): Promise<void> {
    const untilMs = performance.now() + 30_000
    for (;;) {
      const info = await node.say('CLUSTER', 'INFO')
      if (/cluster_state:ok/.test(info) && info.includes(`cluster_known_nodes:${this.nodes.length}`)) return
      if (performance.now() > untilMs) throw new Error(`The cluster does not come up: ${info}`)
      await sleep(50)
    }
  }
}

function serves(line: string, slot: number): boolean {
  return line
    .split(' ')
    .slice(8)
    .some((range) => {
      const [first, last = first] = range.split('-').map(Number)
      return first! <= slot && slot <= last!
    })
}
