import type { Submission } from '../../../src/client.ts'
import { filled, formLines, inputOf, type FormLine } from '../form.ts'
import { offers } from '../panels/offer.ts'
import type { Mode } from '../view.ts'
import type { World } from '../world.ts'
import { beginForm } from '../form.ts'
import { edited, isEnter, type Key, type Outcome } from './key.ts'

/** Which job: arrows pick, letters narrow down. */
export function pickOffer(key: Key, world: World, mode: Mode & { is: 'offer' }): Outcome {
  const { view } = world
  const rows = offers(world, mode.text)
  const at = Math.min(mode.at, Math.max(rows.length - 1, 0))
  const move = (step: number): Outcome => ({
    view: { ...view, mode: { ...mode, at: Math.min(Math.max(at + step, 0), Math.max(rows.length - 1, 0)) } },
  })
  switch (key.name) {
    case 'escape':
      return { view: { ...view, mode: { is: 'browse' } } }
    case 'up':
    case 'S-tab':
      return move(-1)
    case 'down':
    case 'tab':
      return move(1)
    case 'pageup':
      return move(-10)
    case 'pagedown':
      return move(10)
  }
  if (isEnter(key)) {
    const definition = rows[at]
    return { view: definition === undefined ? view : { ...view, mode: { is: 'form', form: beginForm(definition) } } }
  }
  return { view: { ...view, mode: { is: 'offer', at: 0, text: edited(key, mode.text) } } }
}

/** Line by line: what is typed goes into the line that has the keys; enter leads on, and at the button it enqueues. */
export function fillForm(key: Key, world: World, mode: Mode & { is: 'form' }): Outcome {
  const { view } = world
  const { form } = mode
  const lines = formLines(form)
  const to = (at: number): Outcome => ({
    view: { ...view, mode: { ...mode, form: { ...form, at: Math.min(Math.max(at, 0), lines.length) } } },
  })
  switch (key.name) {
    case 'escape':
      return { view: { ...view, mode: { is: 'offer', at: 0, text: '' } } }
    case 'up':
    case 'S-tab':
      return to(form.at - 1)
    case 'down':
    case 'tab':
      return to(form.at + 1)
    case 'C-s':
      return submit(world, mode)
  }
  const line = lines[form.at]
  if (isEnter(key)) return line === undefined ? submit(world, mode) : to(form.at + 1)
  if (line === undefined) return { view }
  return { view: { ...view, mode: { ...mode, form: filled(form, typed(key, line)) } } }
}

function typed(key: Key, { field, draft }: FormLine): FormLine['draft'] {
  if (field.kind === 'boolean') return ['space', 'left', 'right'].includes(key.name) ? draft !== true : draft
  if (field.kind !== 'choice') return edited(key, typeof draft === 'string' ? draft : '')
  const choices = [...(field.isRequired ? [] : ['']), ...(field.choices ?? []).map((one) => JSON.stringify(one))]
  const at = choices.indexOf(String(draft))
  const to = (index: number) => choices[(index + choices.length) % choices.length] ?? ''
  if (key.name === 'left' || key.name === 'backspace') return to(Math.max(at, 0) - 1)
  if (key.name === 'right' || key.name === 'space') return to(at + 1)
  // A letter leads to the next choice that begins with it.
  const ahead = choices.findIndex((one, index) => index > at && one.replace('"', '').startsWith(key.text))
  const first = choices.findIndex((one) => one.replace('"', '').startsWith(key.text))
  return key.text === '' || first < 0 ? draft : (choices[ahead < 0 ? first : ahead] ?? draft)
}

function submit({ view }: World, mode: Mode & { is: 'form' }): Outcome {
  const answer = inputOf(mode.form)
  if ('refused' in answer)
    return { view: { ...view, mode: { ...mode, form: answer.refused } }, note: 'not yet: see what is wrong' }
  const { name, queue } = mode.form.definition
  const job: Submission = { name, queue, ...(answer.input !== undefined && { input: answer.input }) }
  return { view, command: { do: 'submit', job } }
}
