import type { DefinitionView } from '../../../src/client.ts'
import { matches } from '../../model/rows.ts'
import { whyNothing } from '../error-text.ts'
import { say, type Line } from '../line.ts'
import { table, type Column } from '../table.ts'
import type { Mode } from '../view.ts'
import type { World } from '../world.ts'

/** The jobs that may be enqueued, those whose name or queue has these words. */
export function offers({ data }: Pick<World, 'data'>, text: string): DefinitionView[] {
  return (data.definitions.value ?? []).filter(({ name, queue }) => matches(text, [name, queue]))
}

const columns: Column<DefinitionView>[] = [
  { title: 'job', width: { least: 16, grow: 1, most: 40 }, keep: 9, cell: ({ name }) => say(name) },
  { title: 'queue', width: { least: 10, grow: 1, most: 24 }, keep: 8, cell: ({ queue }) => say(queue, 'dim') },
  { title: 'input', width: { least: 14, grow: 3 }, keep: 7, cell: (row) => say(inputText(row), 'dim') },
  { title: 'attempts', align: 'right', width: 8, keep: 3, cell: ({ attempts }) => say(String(attempts), 'dim') },
]

/** `tenant, url, event, order`. */
function inputText({ takesInput, inputSchema }: DefinitionView): string {
  if (!takesInput) return 'none'
  const { properties } = (inputSchema ?? {}) as { properties?: Record<string, unknown> }
  return properties === undefined ? 'any JSON' : Object.keys(properties).join(', ')
}

/** What can be enqueued, to be picked from. */
export function offerLines(world: World, mode: Mode & { is: 'offer' }, width: number, rows: number): Line[] {
  const { data, glyphs } = world
  const { value, error } = data.definitions
  const shown = offers(world, mode.text)
  const searched: Line = [
    say(mode.text, 'strong'),
    say(' ', 'strong', { on: 'blue' }),
    say(mode.text === '' ? '  type to find one' : '', 'faint'),
  ]
  const nothing =
    value === undefined
      ? 'Asking …'
      : value.length === 0
        ? 'No job is known here: the process of the API has no job files. fiber-work enqueue takes any name.'
        : 'No job is called so. backspace takes letters away.'
  return [
    [say('ENQUEUE ', 'blue', { bold: true }), say('which job?  ', 'dim'), ...searched],
    [],
    ...table(columns, shown, {
      columns: width,
      rows: rows - 2,
      title: [say('job', 'dim')],
      empty: error === undefined ? nothing : whyNothing(error),
      ...(error !== undefined && { emptyTone: 'orange' as const }),
      selected: Math.min(mode.at, shown.length - 1),
      mark: glyphs.mark,
    }),
  ]
}
