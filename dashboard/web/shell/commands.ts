import type { DefinitionView, QueueView, ScheduleView } from '../../../src/client.ts'
import type { PaletteItem } from '../../model/palette.ts'
import { api } from '../data/api.ts'
import { halveConcurrency } from '../data/halve.ts'
import { may } from '../data/session.ts'
import { chooseTheme, themes } from '../data/theme.ts'
import { act } from '../parts/toast.tsx'
import { visiblePages } from './routes.ts'

export interface Command extends PaletteItem {
  run: (navigate: (href: string) => void) => unknown
}

/** What the store has, as far as it can be told. */
export interface World {
  queues: QueueView[]
  schedules: ScheduleView[]
  definitions: DefinitionView[]
}

/** What cannot be asked (a store without schedules, a role that may not) is left out. */
export async function readWorld(): Promise<World> {
  const [queues, schedules, definitions] = await Promise.all([
    api.queues.list().catch(() => []),
    api.schedules.list().catch(() => []),
    api.jobs.definitions().catch(() => []),
  ])
  return { queues, schedules, definitions }
}

/** A text that could be the id of a job leads to it. */
export function jobCommand(typed: string): Command | undefined {
  const id = typed.trim()
  if (id.length < 8 || /\s/.test(id)) return undefined
  return { title: `Go to job ${id}`, run: (navigate) => navigate(`/jobs/${encodeURIComponent(id)}`) }
}

export function commandsOf(world: World | undefined): Command[] {
  const { queues = [], schedules = [], definitions = [] } = world ?? {}
  return [
    ...visiblePages().map(({ path, nav = '', key }): Command => ({
      title: `Go to ${nav}`,
      ...(key !== undefined && { hint: `g ${key}` }),
      run: (navigate) => navigate(path),
    })),
    ...queues.flatMap(queueCommands),
    ...schedules.flatMap(scheduleCommands),
    ...(may('submit') ? definitions.map(submitCommand) : []),
    ...themes.map((theme): Command => ({ title: `Colours: ${theme}`, run: () => chooseTheme(theme) })),
  ]
}

function queueCommands({ queue, paused }: QueueView): Command[] {
  const open: Command = {
    title: `Go to queue ${queue}`,
    run: (navigate) => navigate(`/queues/${encodeURIComponent(queue)}`),
  }
  if (!may('act')) return [open]
  const pause: Command = paused
    ? {
        title: `Resume queue ${queue}`,
        run: () => act(() => api.queues.resume(queue), `${queue} is taken from again.`),
      }
    : {
        title: `Pause queue ${queue}`,
        run: () =>
          act(() => api.queues.pause(queue), `${queue} is paused: nothing more is taken from it, on any machine.`),
      }
  return [open, pause, { title: `Halve concurrency of ${queue}`, run: () => halveConcurrency(queue) }]
}

function scheduleCommands({ id }: ScheduleView): Command[] {
  if (!may('act')) return []
  let made = ''
  return [
    {
      title: `Run schedule ${id} now`,
      run: (navigate) =>
        act(async () => {
          made = (await api.schedules.run(id)).id
        }, `${id} has enqueued its job.`).then((isDone) => isDone && navigate(`/jobs/${encodeURIComponent(made)}`)),
    },
  ]
}

function submitCommand({ name, queue }: DefinitionView): Command {
  return {
    title: `Submit ${name}`,
    hint: queue,
    run: (navigate) => navigate(`/submit?${new URLSearchParams({ name, queue }).toString()}`),
  }
}
