import type { Command } from 'commander'
import { mergePatch } from '../api/operations/merge-patch.ts'
import { plain } from '../base/text.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { editJson } from './editor.ts'
import { addPlace, type Given } from './flags.ts'
import { parseInput } from './input.ts'
import { holdsMask, patchBetween } from './patch.ts'
import { readStdin } from './stdin.ts'
import { type ApiContext, withApi } from './with-api.ts'

interface RerunFlags extends Given {
  input?: string
  patch?: string
  edit?: boolean
  reveal?: boolean
  unchecked?: boolean
}

type Edit = { input?: unknown; patch?: unknown }

/** `fiber-work rerun ID`: once more as a new job, its input as it was, replaced, or changed. */
export function register(command: Command): void {
  addPlace(command.argument('<ID>', 'the id of the job'), ['jobs'])
    .option('--input <JSON>', 'with this input; - reads it from stdin')
    .option(
      '--patch <JSON>',
      'with the input changed by this JSON merge patch: what it names is set, null takes away; - reads it from stdin',
    )
    .option('--edit', 'with the input as you leave it in $VISUAL or $EDITOR')
    .option('--reveal', 'with --edit: secrets too (for admins; the audit log tells)')
    .option('--unchecked', 'do not look for a handler, and take the input as it is')
    .action((id: string, given: RerunFlags) => rerun(id, given))
}

async function rerun(id: string, given: RerunFlags): Promise<void> {
  const { input, patch, edit = false, reveal = false } = given
  if (Number(input !== undefined) + Number(patch !== undefined) + Number(edit) > 1)
    throw new FiberWorkError('FW_CONFIG_INVALID', 'Give --input, --patch or --edit: one of them.')
  if (reveal && !edit) throw new FiberWorkError('FW_CONFIG_INVALID', '--reveal goes with --edit.')
  const typed: Edit = {
    ...(input !== undefined && { input: await jsonOf('--input', input) }),
    ...(patch !== undefined && { patch: await jsonOf('--patch', patch) }),
  }
  await withApi(given, given.unchecked === true ? {} : { definitions: 'checked' }, async (context) => {
    const { api, output } = context
    const change = edit ? await edited(context, id, reveal) : typed
    if (change === undefined)
      return output.answer({ id, outcome: 'unchanged' }, 'Nothing was changed, and nothing is run.')
    const sent = await api.jobs.rerun(id, change)
    output.answer({ ...sent, of: id }, `${sent.outcome} ${plain(sent.id)} in ${plain(sent.queue)}`)
  })
}

async function jsonOf(flag: string, text: string): Promise<unknown> {
  return text === '-' ? parseInput(await readStdin(), 'stdin') : parseInput(text, flag)
}

/** What the editor made of the input; undefined for nothing. Masked secrets are not touched: only what was changed is sent. */
async function edited({ api }: ApiContext, id: string, reveal: boolean): Promise<Edit | undefined> {
  const { input, payloads, encrypted, damage } = await api.jobs.get(id, reveal ? { reveal } : {})
  const unread = encrypted === undefined ? damage : `it is encrypted with the key "${encrypted}"`
  if (unread !== undefined || payloads === 'hidden')
    throw new FiberWorkError(
      'FW_BODY_INVALID',
      `The input of ${id} cannot be read (${unread ?? 'its token may not'}); give one with --input.`,
    )
  const after = await editJson(input)
  if (JSON.stringify(after) === JSON.stringify(input)) return undefined
  if (payloads === 'shown') return { input: after }
  const patch = patchBetween(input, after)
  if (!holdsMask(patch) && JSON.stringify(mergePatch(input, patch)) === JSON.stringify(after)) return { patch }
  throw new FiberWorkError(
    'FW_INPUT_INVALID',
    'The change cannot be told apart from secrets that are masked here, or sets null: edit with --reveal, or give --patch or --input.',
  )
}
