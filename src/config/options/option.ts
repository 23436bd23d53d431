/** How a text from a flag or a variable becomes a value. */
export type OptionKind = 'text' | 'list' | 'count' | 'duration' | 'switch'

/** One option of the command line, in all its spellings. */
export interface Option {
  kind: OptionKind
  /** Without the dashes; a list may be given several times. */
  flag: string
  /** How the value is called in the help; a switch has none. */
  argument?: string
  /** One line of help. */
  help: string
  /** The line of `--no-…`, for a switch that is on by default. */
  helpOff?: string
  /** What is allowed, as an error message says it. */
  allowed: string
  default?: unknown
  /** It may hold a secret, and is shown without it; `whole`: it is one, and is never shown. */
  secret?: true | 'whole'
  /** No flag takes it: `ps` would show it. */
  flagless?: true
}

/** What is allowed, as messages say it. */
export const duration = 'a duration (30s, 5m; milliseconds as a number in a file)'
