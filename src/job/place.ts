import { existsSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import type { AnyHandler } from './definition.ts'

const files = new WeakMap<AnyHandler, string>()

/** This file exports it, whoever called `defineJob` for it. */
export function comesFrom(handler: AnyHandler, file: string): void {
  files.set(handler, file)
}

/** The file that a thread imports to have this handler too; undefined when there is none (a prompt, `--eval`). */
export function fileOf(handler: AnyHandler): string | undefined {
  const { source } = handler
  return [files.get(handler), source, decodedPath(source)].find(
    (path) => path !== undefined && isAbsolute(path) && existsSync(path),
  )
}

/** Stacks show files as URLs: a blank is `%20`, and a loader adds what it likes after `?`. */
export function decodedPath(source: string | undefined): string | undefined {
  try {
    return source === undefined ? undefined : decodeURIComponent(source.replace(/\?.*$/, ''))
  } catch {
    return undefined
  }
}
