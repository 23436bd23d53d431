import type { Engine } from '../engine/engine.ts'
import { installBlame } from '../isolation/blame.ts'
import { trapExit } from '../isolation/exit.ts'
import { byUs } from '../isolation/pollution/guard.ts'
import type { Fiber } from '../sandbox/fiber.ts'

/**
 * Own the process for one worker: stray errors are pinned on jobs, exits of a handler fail the job, a plain `fetch` is bound
 * to its job. Answers the undo.
 */
export function guardProcess(
  engine: Engine,
  condemn: (error: unknown) => void,
  bindFetch: () => () => void,
): () => void {
  const attemptOf = (fiber: Fiber) => engine.roster.of(fiber)
  const undo = byUs(() => [
    installBlame({
      blame: (fiber, error) => engine.blame(fiber, error),
      condemn,
      owns: (fiber) => attemptOf(fiber) !== undefined,
      sourceOf: (fiber) => attemptOf(fiber)?.handler.source,
    }),
    trapExit((fiber, error) => {
      if (attemptOf(fiber) !== undefined) engine.blame(fiber, error)
    }),
    bindFetch(),
  ])
  return () =>
    byUs(() => {
      for (const release of undo) release()
    })
}
