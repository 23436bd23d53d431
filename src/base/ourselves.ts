import { registerHooks } from 'node:module'

const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
let hooked = false

/**
 * Lets a job file say `import … from 'fiber-work'` where no `fiber-work` is installed beside it (`npx fiber-work`, a global
 * install): it gets the one that runs. Where one is installed, that one is taken.
 */
export function findOurselves(): void {
  if (hooked) return
  hooked = true
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== 'fiber-work' && !specifier.startsWith('fiber-work/')) return next(specifier, context)
      try {
        return next(specifier, context)
      } catch (error) {
        if (specifier === 'fiber-work') return { url: index().href, shortCircuit: true }
        // Resolved from here, the name means this package.
        if (context.parentURL !== import.meta.url) return next(specifier, { ...context, parentURL: import.meta.url })
        throw error
      }
    },
  })
}

/** What `import * as fiberWork from 'fiber-work'` gives, in the copy that runs. */
export async function ourNamespace(): Promise<Record<string, unknown>> {
  return (await import(index().href)) as Record<string, unknown>
}

function index(): URL {
  return new URL(`../index${ending}`, import.meta.url)
}
