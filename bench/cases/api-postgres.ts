import { postgresAdding, submitCase } from '../lib/api-case.ts'
import { postgresPeers } from '../lib/postgres-peers.ts'

export default submitCase({
  store: 'postgres',
  storeName: 'Postgres',
  peers: postgresAdding,
  packages: postgresPeers,
  atLeast: 15,
})
