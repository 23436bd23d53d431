import { serveAdding } from './api-fastify.ts'

// What HTTP and JSON cost by themselves.
const id = '01890a5d-ac96-774b-bcce-b302099a8057'
await serveAdding(() => id)
