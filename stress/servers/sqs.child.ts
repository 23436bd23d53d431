// An SQS server in a process of its own, started by sqs.ts: it keeps its messages in the folder that it is told of, and says its port.
import { startFauxqs } from 'fauxqs'

const { port, dataDir } = JSON.parse(process.argv[2] ?? '{}') as { port: number; dataDir?: string }
const server = await startFauxqs({ port, logger: false, ...(dataDir !== undefined && { dataDir }) })
process.stdout.write(`${server.port}\n`)
