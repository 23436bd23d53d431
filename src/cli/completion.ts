import type { Command } from 'commander'
import { addOutputFlags, wordFlag } from './flags.ts'
import { type OutputOptions, outputOf } from './output.ts'

const shells = ['bash', 'zsh', 'fish'] as const

/** `fiber-work completion SHELL`: prints the script. */
export function register(command: Command): void {
  addOutputFlags(command.argument('<SHELL>', shells.join(', '))).action((text: string, given: OutputOptions) => {
    const shell = wordFlag('The shell', text, shells)
    outputOf(given).answer({ shell, script: scripts[shell] }, scripts[shell])
  })
}

/** Each asks `fiber-work __complete` for lines of a word, a tab and what it means; where there is none, files are offered. */
const scripts: Record<(typeof shells)[number], string> = {
  // The line as it was typed: bash itself cuts words at colons, and has ids and URLs in pieces.
  bash: `# eval "$(fiber-work completion bash)"
_fiber_work() {
  local word quoted
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    printf -v quoted %q "$word"
    COMPREPLY+=("$quoted")
  done < <("\${COMP_WORDS[0]}" __complete --line "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}
complete -o default -F _fiber_work fiber-work
`,
  zsh: `#compdef fiber-work
# eval "$(fiber-work completion zsh)", after compinit
_fiber_work() {
  local line
  local -a lines described
  lines=("\${(@f)$("\${words[1]}" __complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "\${(@)lines}"; do
    [[ -n $line ]] && described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( \${#described} )); then _describe fiber-work described; else _files; fi
}
compdef _fiber_work fiber-work
`,
  fish: `# fiber-work completion fish | source
function __fiber_work_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l found ($words[1] __complete -- $words[2..-1] "$current" 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path "$current"
  end
end
complete -c fiber-work -f -a '(__fiber_work_complete)'
`,
}
