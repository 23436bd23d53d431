import { formLines, isOf, type FormLine, type FormState } from '../form.ts'
import { fitLine, onBackground, say, wrap, type Line } from '../line.ts'
import type { World } from '../world.ts'

/** A form made from the schema of a job's input: a line a value, what it means or what is wrong beneath. */
export function formPanel(form: FormState, { glyphs }: World, columns: number, rows: number): Line[] {
  const { definition, at, wrong } = form
  const { name, queue, attempts } = definition
  const lines = formLines(form)
  const labels = Math.min(Math.max(...lines.map(({ path }) => path.join('.').length), 8) + 4, Math.floor(columns / 3))
  const drawn = lines.map((line, index) => {
    const own = wrong.filter((one) => isOf(one.path, line.path.join('.')))
    return drawField(line, {
      labels,
      columns,
      isHere: index === at,
      wrong: own.map(({ message }) => message),
      mark: glyphs.mark,
      pointer: glyphs.pointer,
    })
  })
  const rest = wrong.filter((one) => !lines.some(({ path }) => isOf(one.path, path.join('.'))))
  const isButton = at >= lines.length
  const button: Line = [say('  '), say(' Enqueue ', 'strong', { bold: true, on: isButton ? 'blue' : 'selection' })]
  const body = [
    ...drawn,
    [[], button, ...rest.map(({ path, message }): Line => [say(`  ${path} ${message}`, 'orange')])],
  ]
  const head: Line[] = [
    [
      say('ENQUEUE ', 'blue', { bold: true }),
      say(name, 'strong', { bold: true }),
      say(` ${glyphs.dot} queue ${queue} ${glyphs.dot} ${attempts} attempts`, 'dim'),
    ],
    [],
  ]
  // The line that has the keys is always seen.
  const before = body.slice(0, at).reduce((sum, more) => sum + more.length, 0)
  const needed = before + (body[at]?.length ?? 0)
  const first = Math.max(0, needed - (rows - head.length))
  return [...head, ...body.flat().slice(first)].slice(0, rows).map((line) => fitLine(line, columns, glyphs.mark))
}

interface Look {
  labels: number
  columns: number
  isHere: boolean
  wrong: string[]
  mark: string
  pointer: string
}

function drawField({ field, path, draft }: FormLine, { labels, columns, isHere, wrong, mark, pointer }: Look): Line[] {
  const name = path.length === 0 ? 'input' : path.join('.')
  const label: Line = fitLine(
    [
      say(isHere ? `${pointer} ` : '  ', 'blue'),
      say(name, isHere ? 'strong' : 'text', { bold: isHere }),
      say(field.isRequired ? ' *' : '', 'orange'),
    ],
    labels,
    mark,
  )
  const value = fitLine(valueOf(field, draft, isHere), Math.max(columns - labels, 10), mark)
  const indent = ' '.repeat(labels)
  const below = (text: string, tone: 'orange' | 'faint') =>
    wrap(text, Math.max(columns - labels - 1, 10), 2, mark).map((part): Line => [say(indent), say(part, tone)])
  const about = [kindText(field), field.description ?? ''].filter(Boolean).join('. ')
  return [
    [...label, ...(isHere ? onBackground(value, 'selection') : value)],
    ...wrong.flatMap((message) => below(message, 'orange')),
    ...(isHere && wrong.length === 0 && about !== '' ? below(about, 'faint') : []),
  ]
}

function valueOf(field: FormLine['field'], draft: FormLine['draft'], isHere: boolean): Line {
  if (field.kind === 'boolean')
    return [say(draft === true ? 'yes' : 'no', 'strong'), say(isHere ? '   space changes it' : '', 'dim')]
  const text = typeof draft === 'string' ? draft : ''
  if (field.kind === 'choice')
    return [
      say(text === '' ? 'nothing' : text.replace(/^"(.*)"$/, '$1'), text === '' ? 'faint' : 'strong'),
      say(isHere ? '   left, right choose' : '', 'dim'),
    ]
  const shown = field.isSensitive && !isHere ? '*'.repeat(Math.min(text.length, 12)) : text
  // Of a long text its end is seen, where one types.
  return [
    say(shown.length > 200 ? shown.slice(-200) : shown, 'strong'),
    ...(isHere ? [say(' ', 'strong', { on: 'blue' as const })] : []),
  ]
}

/** What may stand there, in a few words. */
function kindText({ kind, choices, rules, isSensitive, initial }: FormLine['field']): string {
  const parts: string[] = []
  if (kind === 'json') parts.push('JSON')
  if (kind === 'number') parts.push(rules.type === 'integer' ? 'a whole number' : 'a number')
  if (kind === 'choice') parts.push((choices ?? []).map((one) => String(one)).join(', '))
  if (rules.minimum !== undefined) parts.push(`from ${rules.minimum}`)
  if (rules.maximum !== undefined) parts.push(`to ${rules.maximum}`)
  if (rules.format !== undefined) parts.push(rules.format)
  if (isSensitive) parts.push('a secret')
  if (initial !== undefined && kind !== 'boolean') parts.push(`otherwise ${JSON.stringify(initial)}`)
  return parts.join(' ')
}
