interface Props<Choice extends string> {
  /** What one chooses. */
  label: string
  /** Each with its words. */
  choices: readonly (readonly [Choice, string])[]
  chosen: Choice
  choose: (choice: Choice) => void
}

/** One of a few. */
export function Tabs<Choice extends string>({ label, choices, chosen, choose }: Props<Choice>) {
  return (
    <div class="tabs" role="group" aria-label={label}>
      {choices.map(([choice, words]) => (
        <button key={choice} type="button" class="tab" aria-pressed={choice === chosen} onClick={() => choose(choice)}>
          {words}
        </button>
      ))}
    </div>
  )
}
