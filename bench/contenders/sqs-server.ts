import { startFauxqs } from 'fauxqs'

// An SQS server in a process of its own, started by stores/sqs.ts: it says its port.
const { port } = await startFauxqs({ port: 0, logger: false })
process.stdout.write(`${port}\n`)
