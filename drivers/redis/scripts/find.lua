-- What is known of jobs. ARGV: their ids. Answers a look (lib/look.lua) of each that exists, in their order.
--- include look

local ids, records = known(ARGV)
return looksOf(ids, records, placesOf(ids, records))
