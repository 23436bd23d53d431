import type { DriverTraits } from '../contract/driver.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { StoredJob } from '../contract/job.ts'

/** What to do about what a broker lacks and a ledger makes up for. */
export const ledgerHelps =
  'Give connect a `ledger` (`--ledger`): a store that keeps records beside the broker (docs/ledger.md).'

/**
 * The job, if the store can hold it: throws `FW_BODY_TOO_LARGE`, or `FW_DRIVER_TRAIT` naming the trait that is missing.
 */
export function asFits(job: StoredJob, traits: DriverTraits, bodyBytesMax: number): StoredJob {
  // A UTF-16 unit takes at most three bytes, so that most bodies need not be measured.
  if (job.body.length * 3 > bodyBytesMax) {
    const bytes = Buffer.byteLength(job.body)
    if (bytes > bodyBytesMax) {
      throw new FiberWorkError(
        'FW_BODY_TOO_LARGE',
        `The input of "${job.name}" takes ${bytes} bytes; the limit is ${bodyBytesMax} (\`bodyBytesMax\`). Store it elsewhere and enqueue a reference.`,
      )
    }
  }
  if (job.unique !== undefined && !traits.unique) throw missing(job, 'unique', 'unique keys', ` ${ledgerHelps}`)
  if (job.due !== undefined && traits.delayMsMax === 0) throw missing(job, 'delayMsMax', 'delays')
  return job
}

function missing(job: StoredJob, trait: keyof DriverTraits, what: string, help = ''): FiberWorkError {
  return new FiberWorkError(
    'FW_DRIVER_TRAIT',
    `"${job.name}" asks for ${what}, and this store has none (trait \`${trait}\`).${help}`,
  )
}
