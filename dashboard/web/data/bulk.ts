import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { BulkTaskView } from '../../../src/client.ts'
import { api } from './api.ts'
import { listen } from './live.ts'
import { type CallOff, whenSeen } from './seen.ts'

/** The bulk actions of the last days, newest first. */
export const bulkTasks = signal<readonly BulkTaskView[]>([])

const movingMs = 700
const restingMs = 10_000

/** Keeps them fresh while a component is there: often while one is under way, on this page or from anywhere. */
export function useBulkTasks(): void {
  useEffect(() => {
    let callOff: CallOff | undefined
    let isOver = false
    const look = async () => {
      callOff?.()
      await refreshBulk().catch(() => undefined)
      if (isOver) return
      const isMoving = bulkTasks.peek().some(({ state }) => state === 'running')
      callOff = whenSeen(isMoving ? movingMs : restingMs, () => void look())
    }
    void look()
    const unlisten = listen(['bulk.progress'], ({ data }) => {
      const task = bulkTasks.peek().find(({ id }) => id === data['id'])
      if (task?.state !== 'running') void look()
    })
    return () => {
      isOver = true
      callOff?.()
      unlisten()
    }
  }, [])
}

export async function refreshBulk(): Promise<void> {
  bulkTasks.value = await api.bulk.list()
}

/** A task that was started here is shown before the next look. */
export function addBulk(task: BulkTaskView): void {
  bulkTasks.value = [task, ...bulkTasks.peek().filter(({ id }) => id !== task.id)]
}
