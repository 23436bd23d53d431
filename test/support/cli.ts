/** The command line straight from the sources, without a build: `node test/support/cli.ts stats --json`. */
import { main } from '../../src/cli/main.ts'

await main(process.argv.slice(2))
