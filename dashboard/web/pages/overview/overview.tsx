import { Queues } from '../queues/queues.tsx'

export function Overview() {
  return <Queues />
}
