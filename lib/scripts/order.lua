-- order: an order's record, and whether its latest event is published.
--
-- KEYS: 1 slot  2 due  3 the order's record
-- ARGV: 1 version known  2 id
--
-- Answers `RECORD <id> <published>` and below it the record, or ABSENT.

local call = redis.call
local slot = call('HMGET', KEYS[1], 'v', 'c')
local version = tonumber(slot[1] or 0)
--@ regressed.lua

local record = call('GET', KEYS[3])

if not record then
  return slot[2] and 'CLOSED ' .. slot[2] or 'ABSENT'
end

local seq = string.match(record, '^%u+ (%d+) ')
local due = call('ZSCORE', KEYS[2], ARGV[2] .. '.' .. seq)

return 'RECORD ' .. ARGV[2] .. (due and ' 0\n' or ' 1\n') .. record
