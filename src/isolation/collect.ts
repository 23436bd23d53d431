import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Collects all garbage now. It stops the whole process: for measurements, never in production. */
export function collector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  return () => {
    // What a finaliser lets go of at the first pass is only garbage at the second.
    collect()
    collect()
  }
}
