import type { Keeper, KeeperSpec, MakeKeeper } from '../../src/contract/index.ts'
import { makeKeeper as makeKeeperOfShard } from './keeper.ts'
import { placeOfReceipt } from './sharded-route.ts'
import { partsOfSession } from './sharded-session.ts'
import { together } from './sharded-together.ts'

/** How a guardian thread reaches all shards. Undefined where it cannot reach one of them. */
export function keeperOfShards(specs: readonly (KeeperSpec | undefined)[]): KeeperSpec | undefined {
  const settings = specs.flatMap((spec) => (spec === undefined ? [] : [spec.settings]))
  return settings.length < specs.length ? undefined : { module: import.meta.url, settings }
}

/** In the guardian thread: the leases that make up one session, on a connection for each shard. */
export const makeKeeper: MakeKeeper = async (settings) => {
  const keepers = await together((settings as unknown[]).map(makeKeeperOfShard))
  const each = <T>(session: string, ask: (keeper: Keeper, part: string, shard: number) => Promise<T>) =>
    together(partsOfSession(session).map((part, shard) => ask(keepers[shard]!, part, shard)))
  return {
    async renew(session, health) {
      const lives = await each(session, (keeper, part) => keeper.renew(part, health))
      return lives.every((life) => life === 'alive') ? 'alive' : 'revoked'
    },
    async accuse(session, receipts) {
      const places = receipts.flatMap((receipt) => placeOfReceipt(receipt, keepers.length) ?? [])
      if (places.length === 0) return
      // Each shard hears of it: what it holds itself is no suspect when another shard has the accused.
      const ours = keepers.map((_, shard) => places.flatMap((place) => (place.shard === shard ? [place.receipt] : [])))
      await each(session, (keeper, part, shard) => keeper.accuse(part, ours[shard]!))
    },
    async close() {
      await together(keepers.map((keeper) => keeper.close()))
    },
  }
}
