import { glob } from 'node:fs/promises'
import { statSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { FiberWorkError } from '../../contract/errors.ts'
import { comesFrom } from '../../job/place.ts'
import { isSchedule, type Schedule } from '../../cron/schedule.ts'
import { type AnyHandler, isDefinition, isHandler } from '../../job/definition.ts'
import { importModule } from '../../base/module.ts'

export interface LoadedJobs {
  handlers: AnyHandler[]
  schedules: Schedule[]
  /** Absolute paths of what was read. */
  files: string[]
}

const endings = '{ts,mts,cts,js,mjs,cjs}'
const notJobs = /\.(?:d|test|spec|test-d)\.[cm]?[jt]s$|(?:^|[\\/])(?:node_modules|__tests__)[\\/]|(?:^|[\\/])_/

/**
 * The handlers and the schedules in the files that the globs name: default exports, arrays of them, and named exports. Tests,
 * declarations, and files and folders whose names begin with `_` are passed over. Throws `FW_CONFIG_UNREADABLE` for a file that cannot be loaded or exports no handler.
 */
export async function loadJobs(globs: readonly string[], folder: string): Promise<LoadedJobs> {
  const files = await findFiles(globs, folder)
  const handlers = new Set<AnyHandler>()
  const schedules = new Set<Schedule>()
  for (const file of files) {
    const module = await importModule(file)
    for (const schedule of schedulesOf(module)) schedules.add(schedule)
    for (const handler of handlersOf(module, relative(folder, file))) {
      handlers.add(handler)
      comesFrom(handler, file)
    }
  }
  return { handlers: [...handlers], schedules: [...schedules], files }
}

async function findFiles(globs: readonly string[], folder: string): Promise<string[]> {
  const found = new Set<string>()
  for (const pattern of globs) {
    for await (const path of glob(isFolder(resolve(folder, pattern)) ? `${pattern}/**/*.${endings}` : pattern, {
      cwd: folder,
    })) {
      if (!notJobs.test(path)) found.add(resolve(folder, path))
    }
  }
  return [...found].toSorted()
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  } catch {
    // A name that is too long for one, or a place that may not be looked into.
    return false
  }
}

function schedulesOf(module: Record<string, unknown>): Schedule[] {
  return Object.values(module).flatMap(unpacked).filter(isSchedule)
}

function handlersOf(module: Record<string, unknown>, path: string): AnyHandler[] {
  const exported = Object.values(module).flatMap((value) => unpacked(value))
  const handlers = exported.filter(isHandler)
  const { default: main } = module
  if (main !== undefined && !isNothing(main) && !unpacked(main).every(isJob)) throw notAHandler(path, main)
  // A file of definitions only is a producer's view of jobs whose handlers live elsewhere.
  if (handlers.length > 0 || exported.some((value) => isDefinition(value) || isSchedule(value))) return handlers
  throw new FiberWorkError(
    'FW_CONFIG_UNREADABLE',
    `${path} exports no handler. Write \`export default defineJob(name, options, run)\`, or name other files with --jobs.`,
  )
}

const isJob = (value: unknown): boolean => isHandler(value) || isSchedule(value)

/** What a file exports that exports nothing: Node takes it for CommonJS. */
function isNothing(main: unknown): boolean {
  return typeof main === 'object' && main !== null && Object.keys(main).length === 0
}

/** `module.exports = …` of CommonJS comes as the default, and what a compiler made of ES modules as the default of the default. */
function unpacked(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  if (typeof value !== 'object' || value === null || isDefinition(value) || isSchedule(value)) return [value]
  const { default: inner, ...named } = value as Record<string, unknown>
  const members = [...(Array.isArray(inner) ? (inner as unknown[]) : [inner]), ...Object.values(named)].filter(
    (member) => isDefinition(member) || isSchedule(member),
  )
  return members.length > 0 ? members : [value]
}

function notAHandler(path: string, value: unknown): FiberWorkError {
  const items = unpacked(value)
  const wrong = items.find((item) => !isJob(item))
  const what = isDefinition(wrong)
    ? `the definition "${wrong.name}" without a function; add one with .handle(run)`
    : `${wrong === null ? 'null' : typeof wrong === 'object' ? 'an object' : typeof wrong} and not a handler; write \`export default defineJob(name, options, run)\``
  return new FiberWorkError(
    'FW_CONFIG_UNREADABLE',
    `The default export of ${path} is ${items === value ? 'a list with ' : ''}${what}.`,
  )
}
