-- A bell was heard by a worker that does not wait any more: somebody else may want what it was rung for. ARGV: queues.
--- include queue

for i = 1, #ARGV do
  local row = fw.queueOf(ARGV[i])
  if row.ready > 0 then fw.ring(row, 1) end
end
return 1
