import type { Command } from 'commander'
import { addPlace, type Given } from './flags.ts'
import { paint } from './output.ts'
import { logText, recordText } from './record.ts'
import { withApi } from './with-api.ts'

interface StatusFlags extends Given {
  reveal?: boolean
}

/** `fiber-work status ID` */
export function register(command: Command): void {
  addPlace(command.argument('<ID>', 'the id of a job'), ['jobs'])
    .option('--reveal', 'secrets too (for admins; the audit log tells)')
    .action((id: string, given: StatusFlags) => status(id, given))
}

function status(id: string, { reveal = false, ...given }: StatusFlags): Promise<void> {
  return withApi(given, { definitions: 'masked' }, async ({ api, output }) => {
    const job = await api.jobs.get(id, reveal ? { reveal } : {})
    // Workers keep it in their memory, which only an API beside them can ask; and it is not for every role.
    const log = job.payloads === 'hidden' ? undefined : await api.jobs.log(id).catch(() => undefined)
    const lines = log?.lines ?? []
    output.answer({ ...job, ...(log?.kept === true && { log: lines }) }, () =>
      lines.length === 0 ? recordText(job) : `${recordText(job)}\n${paint('bold', 'log')}\n${logText(lines)}`,
    )
  })
}
