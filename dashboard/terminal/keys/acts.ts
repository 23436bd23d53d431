import type { Filter } from '../../../src/client.ts'
import { filterFromText } from '../../model/filter-text.ts'
import { count } from '../../model/format.ts'
import { stepConcurrency } from '../../model/concurrency.ts'
import type { Key, Outcome } from './key.ts'
import { deadFilter } from '../looks.ts'
import type { Target } from '../panels/panel.ts'
import { kindsPanel } from '../panels/dead.ts'
import { themes } from '../palette.ts'
import { filterOf, type BulkAction, type Command, type View } from '../view.ts'
import type { World } from '../world.ts'
import { proposedRate } from './typing.ts'

/** Keys that do something to what is selected, or to everything. */
export const actKeys = new Set(['space', 'p', '+', '=', '-', '_', '<', '>', 'c', 'r', 'e', 'x', 'R', 'X', 't'])

/** What such a key does here; undefined where it does nothing. */
export function act(key: Key, world: World, target: Target | undefined): Outcome | undefined {
  const { view } = world
  switch (key.text === '' || key.name === 'space' ? key.name : key.text) {
    case 'space':
    case 'p':
      return pause(world, target)
    case '+':
    case '=':
      return concurrency(world, target, (now) => stepConcurrency(now, 1))
    case '-':
    case '_':
      return concurrency(world, target, (now) => stepConcurrency(now, -1))
    case '<':
      return concurrency(world, target, (now) => Math.max(1, Math.floor(now / 2)))
    case '>':
      return concurrency(world, target, (now) => Math.min(100_000, now * 2))
    case 'c': {
      const queue = target?.is === 'queue' ? { queue: target.queue } : {}
      return { view: { ...view, mode: { is: 'concurrency', text: '', ...queue } } }
    }
    case 'r':
      return again(view, target)
    case 'e':
      return target?.is === 'job' ? { view, command: { do: 'rerun', id: target.id } } : pickFirst(view)
    case 'x':
      return end(view, target)
    case 'R':
      return view.tab === 'workers' ? reload(view) : bulk(world, 'retry', target)
    case 'X':
      return stopOrEnd(world, target)
    case 't': {
      const theme = themes[(themes.indexOf(view.theme) + 1) % themes.length] ?? 'dark'
      return { view: { ...view, theme }, note: `theme: ${theme}` }
    }
    default:
      return undefined
  }
}

function pickFirst(view: View): Outcome {
  return { view, note: 'select a job first: tab to a table, then the arrow keys' }
}

function ask(view: View, question: string, command: Command): Outcome {
  return { view: { ...view, mode: { is: 'confirm', question, command, back: view.mode } } }
}

function pause({ view, snapshot, data }: World, target: Target | undefined): Outcome {
  switch (target?.is) {
    case 'queue':
      return { view, command: { do: target.paused ? 'resume' : 'pause', queue: target.queue } }
    case 'group': {
      const { queue, group, frozen } = target
      return { view, command: { do: frozen ? 'resume' : 'pause', queue, group } }
    }
    case 'schedule':
      return { view, command: { do: target.paused ? 'resumeSchedule' : 'pauseSchedule', id: target.id } }
    case 'kind':
    case 'job': {
      // On the home screen the key is the worker's, whatever is selected.
      if (view.tab === 'home' || view.tab === 'logs') break
      const { queue, group } = target
      if (group === undefined) return { view, note: 'it has no group that could be paused' }
      const isPaused = data.limits.value?.get(queue)?.frozen.some((one) => one.group === group) === true
      return { view, command: { do: isPaused ? 'resume' : 'pause', queue, group } }
    }
    case undefined:
  }
  return { view, command: { do: snapshot.worker.state === 'paused' ? 'resume' : 'pause' } }
}

/** Of the selected queue over all workers, else of each worker process here. */
function concurrency(world: World, target: Target | undefined, step: (now: number) => number): Outcome {
  const { view, snapshot, processes } = world
  // Of several processes each has its share.
  const each = Math.round(snapshot.fibers.concurrency / Math.max(processes.length, 1))
  if (target?.is === 'queue') {
    // A queue without a bound of its own is bounded by the workers.
    const value = step(target.concurrencyMax ?? Math.max(snapshot.fibers.concurrency, 1))
    return { view, command: { do: 'concurrency', value, queue: target.queue } }
  }
  const value = step(Math.max(view.target ?? each, 1))
  return {
    view: { ...view, target: value },
    command: { do: 'concurrency', value },
    note: `concurrency ${count(value)}`,
  }
}

function again(view: View, target: Target | undefined): Outcome {
  switch (target?.is) {
    case 'schedule':
      return { view, command: { do: 'runSchedule', id: target.id } }
    case 'kind':
      return preview(view, 'retry', target.filter)
    case 'job':
      return target.kind === 'running'
        ? { view, note: 'it runs already' }
        : { view, command: { do: 'retry', id: target.id } }
    default:
      return pickFirst(view)
  }
}

function end(view: View, target: Target | undefined): Outcome {
  if (target?.is === 'kind') return preview(view, 'remove', target.filter)
  if (target?.is !== 'job') return pickFirst(view)
  const { id, kind } = target
  if (kind === 'ended') return ask(view, 'Drop this job for good, with its input and its error?', { do: 'remove', id })
  return ask(view, `Cancel this ${kind} job?`, { do: 'cancel', id })
}

function reload(view: View): Outcome {
  return ask(view, 'Put new worker processes in the place of all of these, one after the other?', { do: 'reload' })
}

function stopOrEnd(world: World, target: Target | undefined): Outcome {
  const { view, data } = world
  const { value: task } = data.task
  if (view.task !== undefined && task?.id === view.task && task.state === 'running') {
    return ask(view, 'Stop it here? What is done stays done.', { do: 'stopBulk', id: view.task })
  }
  return bulk(world, view.tab === 'jobs' ? 'cancel' : 'remove', target)
}

/** All that is shown, as the store's filter says it: never more than that. */
function bulk(world: World, action: BulkAction, target: Target | undefined): Outcome {
  const { view } = world
  if (target?.is === 'kind') return preview(view, action, target.filter)
  if (view.tab === 'dead') {
    const kinds = kindsPanel(world)
    const own = view.kind === undefined ? undefined : kinds.target(kinds.keys.indexOf(view.kind))
    return preview(view, action, own?.is === 'kind' ? own.filter : deadFilter(filterOf(view)))
  }
  if (view.tab !== 'jobs') return { view, note: 'jobs (3) and dead (4) are where many can be acted upon at once' }
  const { filter } = filterFromText(filterOf(view))
  if (Object.keys(filter).length === 0)
    return { view, note: 'narrow it down first: / and then queue:mail, state:dead, …' }
  return preview(view, action, filter)
}

function preview(view: View, action: BulkAction, filter: Filter): Outcome {
  return {
    view: { ...view, mode: { is: 'bulk', action, filter, rate: proposedRate } },
    command: { do: 'preview', action, filter },
  }
}
