import { cpus, totalmem } from 'node:os'
import { installed } from './prepare.ts'
import { redisVersion } from './redis.ts'

/** The machine and the versions that a result belongs to, in a line. */
export function machineOf({ redis = false, peers = [] }: { redis?: boolean; peers?: string[] }): string {
  const [cpu] = cpus()
  return [
    `${cpus().length} × ${cpu?.model.trim()}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Node ${process.versions.node}`,
    ...(redis ? [`Redis ${redisVersion()}`] : []),
    ...peers.map((peer) => `${peer} ${installed(peer)}`),
    new Date().toISOString().slice(0, 10),
  ].join(', ')
}
