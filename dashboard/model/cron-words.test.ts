import { expect, test } from 'vitest'
import { cronWords, everyWords } from './cron-words.ts'

test.each([
  ['* * * * *', 'every minute'],
  ['*/5 * * * *', 'every 5 minutes'],
  ['0 * * * *', 'every hour'],
  ['17 * * * *', 'every hour at minute 17'],
  ['0 */6 * * *', 'every 6 hours'],
  ['30 */2 * * *', 'every 2 hours at minute 30'],
  ['0 3 * * *', 'every day at 03:00'],
  ['5 9,17 * * *', 'every day at 09:05 and 17:05'],
  ['30 8 * * MON-FRI', 'at 08:30, Monday to Friday'],
  ['30 8 * * 1-5', 'at 08:30, Monday to Friday'],
  ['0 0 * * 0', 'at 00:00, Sundays'],
  ['0 0 * * 7', 'at 00:00, Sundays'],
  ['0 9 * * mon,wed,fri', 'at 09:00, Mondays, Wednesdays and Fridays'],
  ['0 9 * * MON#1', 'at 09:00, on the 1st Monday of each month'],
  ['0 9 * * FRI#L', 'at 09:00, on the last Friday of each month'],
  ['0 0 1,15 * *', 'at 00:00, on the 1st and 15th of each month'],
  ['0 0 L * *', 'at 00:00, on the last day of each month'],
  ['*/15 * * * SAT', 'every 15 minutes, Saturdays'],
  ['@daily', 'every day at 00:00'],
])('%s is %s', (cron, words) => expect(cronWords(cron)).toBe(words))

test.each(['0 9 1-7 * 1', '0 0 1 1 *', '*/7 * * * *', '0 9 * * FUN', '1-5 * * * *', '0 0 0 * * *', '0 9 * * 8', ''])(
  '%s is left as it is',
  (cron) => expect(cronWords(cron)).toBeUndefined(),
)

test.each([
  [60_000, 'every minute'],
  [90_000, 'every 90 seconds'],
  [7_200_000, 'every 2 hours'],
  [86_400_000, 'every day'],
  [1_500, 'every 1.5 seconds'],
])('%d ms is %s', (ms, words) => expect(everyWords(ms)).toBe(words))
