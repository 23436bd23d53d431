import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const shown = 20
/** Waiting: for I/O, for the producer that runs first, for redis-cli. */
const notOurs = /^(?:\(idle\)|spawnSync )/
const root = join(import.meta.dirname, '..', '..')

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string } }[]
  samples: number[]
  timeDeltas: number[]
}

/** Where the time of the profiles in a folder went, to stderr: the functions with the most time of their own. */
export function printProfiles(folder: string): void {
  for (const file of globSync('*.cpuprofile', { cwd: folder }).sort()) {
    const path = join(folder, file)
    const selfUs = selfTimes(JSON.parse(readFileSync(path, 'utf8')) as Profile)
    const wholeUs = selfUs.reduce((sum, [, us]) => sum + us, 0)
    console.error(`\n${relative(process.cwd(), path)}: ${(wholeUs / 1e6).toFixed(2)} s without what was idle`)
    for (const [name, us] of selfUs.slice(0, shown)) {
      console.error(`  ${((100 * us) / wholeUs).toFixed(1).padStart(5)} %  ${name}`)
    }
  }
}

function selfTimes({ nodes, samples, timeDeltas }: Profile): [string, number][] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, told(callFrame)]))
  const selfUs = new Map<string, number>()
  for (const [i, sample] of samples.entries()) {
    const name = names.get(sample)!
    if (!notOurs.test(name)) selfUs.set(name, (selfUs.get(name) ?? 0) + timeDeltas[i]!)
  }
  return [...selfUs].sort((a, b) => b[1] - a[1])
}

function told({ functionName, url }: Profile['nodes'][number]['callFrame']): string {
  const place = url.startsWith('file:') ? relative(root, new URL(url).pathname) : url
  return [functionName || '(anonymous)', place].filter((part) => part !== '').join('  ')
}
