import { fileURLToPath } from 'node:url'

/** The path of a script beside this module, to be started as a process: `.ts` from the sources, `.js` from what is built. */
export function siblingScript(moduleUrl: string, name: string): string {
  const ending = moduleUrl.endsWith('.ts') ? 'ts' : 'js'
  return fileURLToPath(new URL(`./${name}.${ending}`, moduleUrl))
}
