import type { Fleet } from '../contract/fleet.ts'

/** No worker process is here to be asked. */
export const noFleet: Fleet = {
  ask: async () => ({ answers: [], missing: [] }),
  watch: () => () => {},
}
