-- What is known of jobs. ARGV: their ids. Answers a look (lib/look.lua) of each that exists, in their order.
--- include look

local ids, records = fw.known(ARGV)
return fw.looksOf(ids, records, fw.placesOf(ids, records))
