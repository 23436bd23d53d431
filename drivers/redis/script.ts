import { type Script, scriptsIn } from '../redis-common/scripts.ts'

export type { Script } from '../redis-common/scripts.ts'

const scripts = scriptsIn(new URL('scripts/', import.meta.url), 'fiber_work')

export const { library } = scripts

/** The script `scripts/<name>.lua`, of this driver or of what it shares with its kin. */
export function loadScript(name: string): Script {
  return scripts.load(name)
}
