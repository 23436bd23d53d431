import { bullmqAdding, submitCase } from '../lib/api-case.ts'
import { bullmqPeers } from '../lib/redis-peers.ts'

export default submitCase({
  store: 'redis',
  storeName: 'Redis',
  peers: [bullmqAdding],
  packages: bullmqPeers,
  atLeast: 2,
})
