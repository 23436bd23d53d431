/** Forms made from the JSON Schema of an input: the fields, what is typed into them, and what is wrong with it. */
export { checkInput, type Issue, issuesIn } from './form/check.ts'
export { type Draft, draftOf, flatForm, linesOf, readDraft, readJson, withDraft } from './form/draft.ts'
export { type Field, formOf, type JsonSchema } from './form/field.ts'
