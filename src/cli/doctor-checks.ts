import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { systemEnv } from '../base/env.ts'
import { redactText } from '../base/redact.ts'
import { plain } from '../base/text.ts'
import type { Settings } from '../config/options.ts'
import { version } from '../connect/version.ts'
import type { Driver, DriverTraits } from '../contract/driver.ts'
import type { Finding } from '../contract/finding.ts'
import { connectOptionsOf } from './context.ts'
import { loadDrivers } from './load/drivers.ts'
import { showCount, showTime } from './time.ts'

export type Check = Finding

/** Descriptors beside those of the jobs: store, log, modules, inspector. */
const spareFiles = 256

/** Versions, limits and clock of this machine. */
export function machineChecks({ concurrency }: Settings): Check[] {
  const installed = installedVersion()
  const other = installed !== undefined && installed !== version
  const files = openFilesMax()
  const tight = files !== undefined && files < concurrency + spareFiles
  const memory = process.constrainedMemory()
  const limit = memory > 0 && memory < totalmem() ? memory : totalmem()
  return [
    {
      name: 'version',
      state: other ? 'warn' : 'ok',
      text: `fiber-work ${version}${other ? `; this folder has ${installed} installed, which the jobs import: run that one (npx fiber-work)` : ''}`,
    },
    {
      name: 'node',
      state: 'ok',
      text: `${process.version} on ${process.platform}-${process.arch}, ${availableParallelism()} cores, ${Math.round(limit / 2 ** 20)} MiB of memory`,
    },
    {
      name: 'files',
      state: tight ? 'warn' : 'ok',
      text:
        files === undefined
          ? 'no limit on open files is known'
          : `${showCount(files)} open files allowed (ulimit -n)${tight ? `; ${showCount(concurrency)} jobs with a socket each want ${showCount(concurrency + spareFiles)}: sockets will wait for each other` : ''}`,
    },
    {
      name: 'clock',
      state: systemEnv.nowMs() < Date.UTC(2025, 0) ? 'fail' : 'ok',
      text: `${showTime(systemEnv.nowMs())} (${Intl.DateTimeFormat().resolvedOptions().timeZone})`,
    },
  ]
}

/** Can the handlers be loaded, and which are there? */
export async function jobsChecks({ jobs, http, httpInsecure }: Settings): Promise<Check[]> {
  const checks: Check[] = []
  try {
    const { loadJobs } = await import('./load/jobs.ts')
    const { handlers, files } = await loadJobs(jobs, process.cwd())
    const names = handlers.map(({ name, queue }) => `${name} (${queue.name})`)
    const text =
      handlers.length === 0
        ? `${jobs.join(', ')} ${files.length === 0 ? 'match no file' : 'hold no handler'}: a worker would have nothing to do`
        : `${names.length}: ${names.slice(0, 20).join(', ')}`
    checks.push({ name: 'jobs', state: handlers.length === 0 ? 'warn' : 'ok', text: plain(text), data: names })
  } catch (error) {
    checks.push(failed('jobs', error))
  }
  if (http !== undefined) {
    try {
      const { parseAddress, isLoopback } = await import('../api/address.ts')
      const { host, port } = parseAddress(http, httpInsecure)
      const open = !isLoopback(host)
      checks.push({
        name: 'http',
        state: open ? 'warn' : 'ok',
        text: `${host}:${port}${open ? ', which others can reach without a token' : ''}`,
      })
    } catch (error) {
      checks.push(failed('http', error))
    }
  }
  return checks
}

/** Can the store be reached, what can it do, and what of it survives? */
export async function storeChecks(settings: Settings): Promise<Check[]> {
  const absent = await absentFile(settings.url)
  if (absent !== undefined)
    return [{ name: 'store', state: 'warn', text: `${absent} is not there yet; the first worker or enqueue makes it` }]
  const { connect } = await import('../connect/connect.ts')
  const fromMonoMs = systemEnv.monoMs()
  try {
    await loadDrivers(settings.drivers)
    const client = await connect(settings.url, connectOptionsOf(settings))
    try {
      const reachedMs = systemEnv.monoMs() - fromMonoMs
      const askMonoMs = systemEnv.monoMs()
      const queues = client.driver.inspector === undefined ? [] : await client.depth()
      const answeredMs = systemEnv.monoMs() - askMonoMs
      const paused = queues.filter((queue) => queue.paused).map(({ queue }) => queue)
      return [
        {
          name: 'store',
          state: 'ok',
          text: `${client.url} opened in ${reachedMs.toFixed(0)} ms, answers in ${answeredMs.toFixed(1)} ms`,
        },
        durability(client.driver.traits),
        { name: 'driver', state: 'ok', text: traitsText(client.driver), data: client.driver.traits },
        ...(paused.length === 0
          ? []
          : [{ name: 'queues', state: 'warn' as const, text: `paused: ${plain(paused.join(', '))}` }]),
        ...(client.driver.warnings ?? []).map((text) => ({ name: 'risk', state: 'warn' as const, text: plain(text) })),
        ...((await client.driver.diagnose?.()) ?? []).map((found) => ({ ...found, text: plain(found.text) })),
      ]
    } finally {
      await client.close()
    }
  } catch (error) {
    return [failed('store', error)]
  }
}

const survives: Record<DriverTraits['durable'], string> = {
  none: 'nothing survives the process',
  process: 'what was acknowledged survives a crash of the process',
  system: 'what was acknowledged survives a crash of the process; a power cut may take the last moments',
  power: 'what was acknowledged survives a power cut',
}

function durability({ durable }: DriverTraits): Check {
  return { name: 'durable', state: durable === 'none' ? 'warn' : 'ok', text: `${durable}: ${survives[durable]}` }
}

function traitsText({ name, traits, limits, inspector, ledger }: Driver): string {
  const { durable: _durable, ...rest } = traits
  const facets = Object.entries({ limits, inspector, ledger })
    .filter(([, facet]) => facet !== undefined)
    .map(([facet]) => facet)
  return `${name}: ${Object.entries(rest)
    .map(([trait, value]) => `${trait} ${String(value)}`)
    .join(', ')}; facets ${facets.join(', ') || 'none'}`
}

async function absentFile(url: string): Promise<string | undefined> {
  if (!/^sqlite:/i.test(url)) return undefined
  const [{ sqlitePath }, { existsSync }] = await Promise.all([import('../connect/schemes.ts'), import('node:fs')])
  try {
    return existsSync(sqlitePath(url)) ? undefined : sqlitePath(url)
  } catch {
    // Opening it says what is wrong with the URL.
    return undefined
  }
}

function failed(name: string, error: unknown): Check {
  const code = typeof error === 'object' && error !== null && 'code' in error ? `${String(error.code)}: ` : ''
  const message = error instanceof Error ? error.message : String(error)
  return { name, state: 'fail', text: plain(redactText(`${code}${message}`)) }
}

/** What `import 'fiber-work'` means in the working folder. */
function installedVersion(): string | undefined {
  try {
    const path = createRequire(join(process.cwd(), 'noop.js')).resolve('fiber-work/package.json')
    return (JSON.parse(readFileSync(path, 'utf8')) as { version?: string }).version
  } catch {
    return undefined
  }
}

function openFilesMax(): number | undefined {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: string | number } } }
  const soft = Number(userLimits?.open_files?.soft)
  return Number.isFinite(soft) ? soft : undefined
}
