import { submitCase } from '../lib/api-case.ts'

export default submitCase({ store: 'sqlite', storeName: 'SQLite', peers: [], packages: [] })
