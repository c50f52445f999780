-- order: an order's record, and whether its latest event is published.
--
-- KEYS: 1 slot  2 due  3 the last record seen  4 the order's record
-- ARGV: 1 version known  2 version of the last record seen, or ''
--       3 id
--
-- Answers `RECORD <id> <published>` and below it the record, or ABSENT: that
-- is asked by a write that changes nothing, for a replica can't say it.

local call, pcall = redis.call, redis.pcall
local slot = call('HMGET', KEYS[1], 'v', 'c')
local version = tonumber(slot[1] or 0)
--@ regressed.lua

local record = call('GET', KEYS[4])

if not record then
  if slot[2] then return 'CLOSED ' .. slot[2] end
  local absent = pcall('PERSIST', KEYS[4])
  return absent == 0 and 'ABSENT' or absent
end

local seq = string.match(record, '^%u+ (%d+) ')
local due = call('ZSCORE', KEYS[2], ARGV[3] .. '.' .. seq)

return 'RECORD ' .. ARGV[3] .. (due and ' 0\n' or ' 1\n') .. record
