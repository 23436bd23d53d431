import type { Msg } from '@nats-io/transport-node'
import { isGone, isTaken } from './errors.ts'
import { headersOf, type Meta, metaOf } from './job.ts'
import type { Link } from './link.ts'

/**
 * Writes a job over the message that one saw at its subject, or where there was none (0): compare-and-set, so that of two who
 * both saw it one wins. False: it is another one by now. `tried`: an answer may have been lost, so look whose it is.
 */
export async function put(link: Link, meta: Meta, body: string, seen: number, tried: boolean): Promise<boolean> {
  try {
    const headers = headersOf(meta)
    await link.js.publish(link.subjectOf(meta), body, { headers, expect: { lastSubjectSequence: seen } })
    return true
  } catch (error) {
    if (!isTaken(error)) throw error
    return tried && (await writerOf(link, meta)) === meta.by
  }
}

/** Takes a message out of the stream. False: it was not there any more. */
export async function remove(link: Link, seq: number): Promise<boolean> {
  try {
    return await link.jsm.streams.deleteMessage(link.jobs, seq, false)
  } catch (error) {
    if (isGone(error)) return false
    throw error
  }
}

/** What the server remembers of a delivery whose message has been replaced or deleted; nobody waits for it. */
export const forget = (link: Link, message: Msg): void => tell(link, message, '+ACK')

export const parkFor = (link: Link, message: Msg, ms: number): void =>
  tell(link, message, `-NAK ${JSON.stringify({ delay: Math.ceil(ms) * 1_000_000 })}`)

export const renew = (link: Link, message: Msg): void => tell(link, message, '+WPI')

function tell({ nc }: Link, { reply }: Msg, text: string): void {
  if (reply !== undefined && reply !== '') nc.publish(reply, text)
}

async function writerOf(link: Link, meta: Meta): Promise<string | undefined> {
  try {
    const found = await link.jsm.streams.getMessage(link.jobs, { last_by_subj: link.subjectOf(meta) })
    return metaOf(found?.header)?.by
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}
