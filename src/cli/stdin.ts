import { FiberWorkError } from '../contract/errors.ts'

/** All of stdin as text. Refuses a terminal, where nothing would come. */
export async function readStdin(): Promise<string> {
  if (process.stdin.isTTY) throw new FiberWorkError('FW_CONFIG_INVALID', 'Nothing comes from stdin: pipe something in.')
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
