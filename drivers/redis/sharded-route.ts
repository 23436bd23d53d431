import { crc32 } from 'node:zlib'
import type { Receipt, StoredJob } from '../../src/contract/index.ts'

/**
 * Which of `count` shards has what goes by this text: its CRC-32 (the one of zlib, over UTF-8), modulo the number of shards. Written
 * down in docs/sharding.md, so that other languages can find a job; it never changes.
 */
export function shardOf(text: string, count: number): number {
  return crc32(text) % count
}

/** The jobs of a group stand together, else those of a unique key; the others are spread by their ids. */
export function shardOfJob({ group, unique, id }: StoredJob, count: number): number {
  return shardOf(group ?? unique?.key ?? id, count)
}

/** Receipts carry their shard before them. */
export function receiptOfShard(shard: number, receipt: Receipt): Receipt {
  return `${shard}/${receipt}` as Receipt
}

/** Anything may come back as a receipt; what is none has no shard. */
export function placeOfReceipt(receipt: Receipt, count: number): { shard: number; receipt: Receipt } | undefined {
  const bar = receipt.indexOf('/')
  const shard = Number(receipt.slice(0, bar))
  const sound = bar > 0 && Number.isInteger(shard) && shard >= 0 && shard < count
  return sound ? { shard, receipt: receipt.slice(bar + 1) as Receipt } : undefined
}

/** What goes to one shard, and where it stood. */
export interface Portion<T> {
  shard: number
  items: T[]
  at: number[]
}

/** Portions by shard, in the order of the items. What has no shard is in none. */
export function portions<T>(items: readonly T[], shardOf: (item: T) => number | undefined): Portion<T>[] {
  const found = new Map<number, Portion<T>>()
  for (const [at, item] of items.entries()) {
    const shard = shardOf(item)
    if (shard === undefined) continue
    let portion = found.get(shard)
    if (portion === undefined) found.set(shard, (portion = { shard, items: [], at: [] }))
    portion.items.push(item)
    portion.at.push(at)
  }
  return [...found.values()]
}

/** Whole numbers that make up `total`, as equal as can be; `turn` says who gets the first of what is left over. */
export function sharesOf(total: number, count: number, turn = 0): number[] {
  const [least, over] = [Math.floor(total / count), total % count]
  return Array.from({ length: count }, (_, i) => least + ((i - (turn % count) + count) % count < over ? 1 : 0))
}

/** One of each list, then the second of each, and so on. */
export function inTurn<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length))
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => (i < list.length ? [list[i]!] : []))).flat()
}
