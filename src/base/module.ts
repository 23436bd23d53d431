import { readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { FiberWorkError } from '../contract/errors.ts'
import { findOurselves, ourNamespace } from './ourselves.ts'

/** How a module is imported: by Node. The tests run under a loader of their own, and put Node's back here. */
export const native = { import: (url: string): Promise<unknown> => import(url) }

/**
 * Imports a user's module: by Node itself, which strips types; with jiti where that does not suffice (enums, parameter
 * properties, imports without an ending). Throws `FW_CONFIG_UNREADABLE` naming the file and, where it is known, the line.
 */
export async function importModule(path: string): Promise<Record<string, unknown>> {
  findOurselves()
  try {
    return (await native.import(pathToFileURL(path).href)) as Record<string, unknown>
  } catch (error) {
    if (!worthJiti(error)) throw await unreadable(path, error)
    return importWithJiti(path, error)
  }
}

/** The same, and only its default export; of CommonJS all of it. */
export async function importDefault(path: string): Promise<unknown> {
  const module = await importModule(path)
  return 'default' in module ? module['default'] : module
}

async function importWithJiti(path: string, first: unknown): Promise<Record<string, unknown>> {
  const { createJiti } = await import('jiti')
  const jiti = createJiti(pathToFileURL(path).href, {
    tsconfigPaths: true,
    virtualModules: { 'fiber-work': await ourNamespace() },
  })
  try {
    return await jiti.import<Record<string, unknown>>(path)
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND'
    throw await unreadable(path, missing ? first : error)
  }
}

/** A package that is not installed is missing for jiti as well. */
function worthJiti(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ERR_MODULE_NOT_FOUND') return !message.startsWith('Cannot find package')
  return [
    'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
    'ERR_UNSUPPORTED_DIR_IMPORT',
    'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
  ].includes(code ?? '')
}

async function unreadable(path: string, cause: unknown): Promise<FiberWorkError> {
  const at = placeIn(cause, path) ?? (await placeOfSyntaxError(cause, path)) ?? path
  const message = cause instanceof Error ? cause.message.split('\n', 1)[0]! : String(cause)
  const what =
    cause instanceof SyntaxError || message.startsWith('ParseError') ? 'has a syntax error' : 'could not be loaded'
  return new FiberWorkError('FW_CONFIG_UNREADABLE', `${at} ${what}: ${message.replace(/^ParseError:\s*/, '')}`, {
    cause,
  })
}

/**
 * `file:line` from the stack. Node decorates a syntax error with its place, before the message (`/jobs/a.ts:2`); what was thrown
 * at run time has it on its frames (`at file:///jobs/a.ts:2:7`).
 */
function placeIn(error: unknown, path: string): string | undefined {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return undefined
  if (error instanceof SyntaxError) {
    const [, file, line] =
      /^((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/])[^\n]*?):(\d+)$/m.exec(error.stack.split(/\n\s+at /, 1)[0]!) ?? []
    return file === undefined ? undefined : `${asPath(file)}:${line}`
  }
  const frames = [...error.stack.matchAll(/(?:\(|at )((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/])[^\n()]*?):(\d+):\d+\)?$/gm)]
  const frame = frames.find(([, file = '']) => asPath(file) === path)
  return frame === undefined ? undefined : `${path}:${frame[2]}`
}

function asPath(file: string): string {
  try {
    return file.startsWith('file:') ? fileURLToPath(file) : file
  } catch {
    return file
  }
}

/** Node does not say where a syntax error in plain JavaScript is; jiti's parser does. */
async function placeOfSyntaxError(error: unknown, path: string): Promise<string | undefined> {
  if (!(error instanceof Error)) return undefined
  // jiti itself has tried: ` /jobs/a.ts:2:9` ends the message.
  const told = /(\/[^\n]*?):(\d+):\d+\s*$/m.exec(error.message.startsWith('ParseError') ? error.message : '')
  if (told !== null) return `${told[1]}:${told[2]}`
  if (!(error instanceof SyntaxError)) return undefined
  const { createJiti } = await import('jiti')
  const code = createJiti(path).transform({ source: readFileSync(path, 'utf8'), filename: path, ts: true })
  const line = /^exports\.__JITI_ERROR__ = .*?"line":(\d+)/.exec(code)?.[1]
  return line === undefined ? undefined : `${path}:${line}`
}
