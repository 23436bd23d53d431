-- The loans of one session as a book: each call that lends opens it, writes into it and closes it. Of each loan it has a string with a
-- 1 for each job, and beside it queue, time and ids; and while a reserve of the session waits, `waits`: its lane and seq.
--- include base

function fw.openBook(session)
  local key = P .. 'held:' .. session
  local f = call('HMGET', key, 'l', 'n', '_', 'waits')
  -- Were the loans lost, and their count: numbers go on with the clock, so that none is given twice.
  return {
    key = key, number = f[3] and tonumber(f[1] or 0) or now, count = tonumber(f[2] or 0), writes = f[3] and {} or { '_', long },
    waits = f[4],
  }
end

-- Answers the number of the new loan.
function fw.enter(book, row, startedAt_, ids, text)
  local writes = book.writes
  local n = #writes
  book.number, book.count = book.number + 1, book.count + #ids
  writes[n + 1], writes[n + 2] = 'b' .. book.number, string.rep('1', #ids)
  writes[n + 3], writes[n + 4] = 'i' .. book.number, row.name .. '\t' .. startedAt_ .. '\n' .. text
  return book.number
end

function fw.closeBook(book)
  local writes = book.writes
  local n = #writes
  writes[n + 1], writes[n + 2], writes[n + 3], writes[n + 4] = 'l', book.number, 'n', book.count
  fw.all('HSET', book.key, writes)
end
