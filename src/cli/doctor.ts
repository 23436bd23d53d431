import type { Command } from 'commander'
import type { Loaded } from '../config/load.ts'
import { optionNames, type Option, options, workOptionNames } from '../config/options.ts'
import { hidden } from '../base/redact.ts'
import { redactUrl } from '../base/text.ts'
import { loadContext } from './context.ts'
import { type Check, jobsChecks, machineChecks, storeChecks } from './doctor-checks.ts'
import { addContextFlags, asksForContext, contextDoctor } from './doctor-context.ts'
import { addLeakFlags, doctorLeaks, type LeakFlags } from './doctor-leaks.ts'
import { outboxChecks } from './doctor-outbox.ts'
import { exitCodes } from './exit-codes.ts'
import { addOutputFlags, addSettings, type Given } from './flags.ts'
import { findingLine, paint } from './output.ts'
import { table } from './table.ts'

/** `fiber-work doctor`: what this installation is, and what is wrong with it. Ends with 1 when something is. */
export function register(command: Command): void {
  addLeakFlags(addOutputFlags(addContextFlags(addSettings(command, workOptionNames))))
  command.action((given: LeakFlags) => {
    if (given.leaks !== undefined) return doctorLeaks(given.leaks, given)
    return asksForContext(given) ? contextDoctor(given) : doctor(given)
  })
}

interface Row {
  name: string
  value: string
  origin: string
}

async function doctor(given: Given): Promise<void> {
  const { loaded, settings, output } = await loadContext(given)
  const config = configRows(loaded)
  const warnings = loaded.warnings.map((text): Check => ({ name: 'config', state: 'warn', text }))
  const checks = [
    ...machineChecks(settings),
    ...warnings,
    ...(await jobsChecks(settings)),
    ...(await storeChecks(settings)),
    ...(await outboxChecks(settings)),
  ]
  const broken = checks.filter(({ state }) => state === 'fail').length
  output.answer({ ok: broken === 0, config: { file: loaded.file ?? null, options: config }, checks }, () =>
    [
      table(config, [
        { title: 'OPTION', cell: ({ name }) => name },
        { title: 'VALUE', cell: ({ value }) => value, stretch: true },
        { title: 'FROM', cell: ({ origin }) => origin },
      ]),
      '',
      ...checks.map(findingLine),
      '',
      broken === 0 ? paint('green', 'All is well.') : paint('red', `${broken} of ${checks.length} checks failed.`),
    ].join('\n'),
  )
  if (broken > 0) process.exitCode = exitCodes.failed.code
}

function configRows({ settings, origins }: Loaded): Row[] {
  return optionNames.map((name) => {
    const value = settings[name]
    const { kind, secret }: Option = options[name]
    const shown =
      value === undefined
        ? ''
        : kind === 'duration'
          ? `${String(value)} ms`
          : typeof value === 'string'
            ? value
            : JSON.stringify(value)
    return {
      name,
      value: secret === 'whole' && shown !== '' ? hidden : secret === true ? redactUrl(shown) : shown,
      origin: origins[name],
    }
  })
}
