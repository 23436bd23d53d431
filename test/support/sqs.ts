import { startFauxqs } from 'fauxqs'

let shared: Promise<string> | undefined
let places = 0

/**
 * The endpoint that tests may share, each under a prefix of its own, as a URL of the driver: `SQS_URL`, or an SQS server of this process
 * that speaks the real protocol.
 */
export function sharedSqs(): Promise<string> {
  return (shared ??= found())
}

async function found(): Promise<string> {
  const given = process.env['SQS_URL']
  if (given !== undefined && given !== '') return given
  const { port } = await startFauxqs({ port: 0, logger: false })
  return `sqs+http://127.0.0.1:${port}`
}

/** A prefix of this test alone. */
export const sqsPrefix = (): string => `t${process.pid}-${Date.now().toString(36)}-${++places}-`
