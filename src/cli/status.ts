import type { Command } from 'commander'
import { FiberWorkError } from '../contract/errors.ts'
import { withStore } from './context.ts'
import { addOutputFlags, addSettings, type Given } from './flags.ts'
import { recordText, recordView } from './record.ts'

/** `fiber-work status ID` */
export function register(command: Command): void {
  addOutputFlags(addSettings(command.argument('<ID>', 'the id of a job'), ['url', 'ledger']))
  command.action((id: string, given: Given) =>
    withStore(given, {}, async ({ client, output }) => {
      const record = await client.job(id).status()
      if (record === undefined)
        throw new FiberWorkError(
          'FW_JOB_UNKNOWN',
          `There is no job with the id ${JSON.stringify(id)} at ${client.url}.`,
        )
      output.answer(recordView(record, client.content(record)), () => recordText(record, client.content(record)))
    }),
  )
}
